--- One run of one peer in one case, as figures: a function for each kind of case. Those that need
-- no load are in unloaded.lua.

local checks = require "tests.bench.checks"
local generator = require "tests.bench.generator"
local kit = require "spec.support.kit"
local stage = require "tests.bench.stage"
local unloaded = require "tests.bench.unloaded"
local usage = require "tests.bench.usage"

local measure = { start = unloaded.start, memory = unloaded.memory, pause = unloaded.pause }

local WARM_UP = 0.3      -- seconds
local SATURATE = 1       -- seconds
local TAIL_TRIES = 5

local function difference(before, after)
  local shares = {}
  for i, share in ipairs(after.shares) do shares[i] = share - before.shares[i] end
  return { shares = shares, connections = after.connections - before.connections - 1,
    requests = after.requests - before.requests }
end

-- What RUN says, which has requests answered, and what the proxy and the backends did meanwhile.
local function watch(s, run)
  local seen, used = s:counts(), usage.cpu(s.process.pid)
  local said = run()
  used, seen = usage.between(used, usage.cpu(s.process.pid)), difference(seen, s:counts())
  return said, used, seen
end

-- A row of figures.
local function row_of(said, used, seen)
  local micro = 1e6 / math.max(said.requests, 1)
  return {
    cpu = used.total * micro, user = used.user * micro, system = used.system * micro,
    rate = said.requests / math.max(said.duration / 1e6, 1e-6), requests = said.requests,
    p50 = said.p50 / 1000, p99 = said.p99 / 1000, p999 = said.p999 / 1000,
    new = seen.connections / math.max(said.requests, 1),
  }
end

--- Puts load on a peer, with wrk.
-- @tparam table case of cases.lua
-- @tparam string name of the peer
-- @tparam number seconds how long
-- @treturn table `cpu`, `user`, `system`: µs for a request; `rate`: requests a second; `p50`,
-- `p99`, `p999`: ms; `new`: backend connections opened for a request; `requests`
-- @treturn {string,...} what was wrong
function measure.load(case, name, seconds)
  local s = stage.new(case, name)
  s:start_peer()
  local response = s:probe()
  generator.warm_up(s, WARM_UP)
  local said, used, seen = watch(s, function() return generator.wrk(s, seconds) end)
  return row_of(said, used, seen), checks.run(s, said, response, seen)
end

-- The same with pace.
local function pace(case, name, rate, seconds)
  local s = stage.new(case, name)
  s:start_peer()
  local response = s:probe()
  local process = generator.pace(s, response, rate, seconds)
  local said, used, seen = watch(s, function() return generator.go(process) end)
  local row, wrong = row_of(said, used, seen), checks.run(s, said, response, seen)
  row.max, row.late = said.max / 1000, said.late999 / 1000
  return row, wrong, said
end

--- Puts as much load on a peer as it can take, with pace, whose connections are all there before
-- anything is measured.
-- @tparam table case of cases.lua or curves.lua
-- @tparam string name of the peer
-- @tparam number seconds how long
-- @treturn table see `measure.load`
-- @treturn {string,...} what was wrong
function measure.flat_out(case, name, seconds)
  local row, wrong = pace(case, name, 0, seconds)
  return row, wrong
end

--- Finds out what has to be known before a round: for tails, at which rate requests come. It is the
-- same for all, a share of what the slowest of `case.saturated` can do now.
-- @tparam table case of cases.lua, gets its `rate`
-- @treturn boolean true
function measure.prepare(case)
  if case.kind ~= "tail" then return true end
  local least = math.huge
  for _, name in ipairs(case.saturated) do
    local row, wrong = measure.flat_out(case, name, SATURATE)
    kit.cleanup()
    if #wrong > 0 then error(wrong[1], 0) end
    least = math.min(least, row.rate)
  end
  case.rate = math.floor(case.share * least / 100) * 100
  return true
end

--- Puts a steady load on a peer, that of `measure.prepare`. Who is not busy all the time has no
-- queue: if even the median is long, the machine could do less than before, and it is tried again,
-- some times.
-- @tparam table case of cases.lua
-- @tparam string name of the peer
-- @tparam number seconds how long
-- @treturn ?table see `measure.load`; and `max`: ms; `late`: ms that the generator itself was late,
-- its p99.9; nil if the machine was too slow
-- @treturn {string,...}|string what was wrong; or in what way the machine was too slow
function measure.tail(case, name, seconds)
  local swamped
  for _ = 1, TAIL_TRIES do
    local row, wrong, said = pace(case, name, case.rate, seconds)
    swamped = checks.pace(case, name, said)
    if not swamped then return row, wrong end
    kit.cleanup()
  end
  return nil, swamped
end

return measure
