--- One run of one peer in one case, as figures: a function for each kind of case.

local checks = require "tests.bench.checks"
local kit = require "spec.support.kit"
local peers = require "tests.bench.peers"
local stage = require "tests.bench.stage"
local statistics = require "tests.bench.statistics"
local usage = require "tests.bench.usage"

local measure = {}

local WARM_UP = 0.3      -- seconds
local PATIENCE = 10      -- seconds that anything may take longer than it should
local IDLE = 1           -- seconds
local WARM_REQUESTS = 100
local STARTS = 5
local SPARE_FILES = 1000

-- Has wrk put load on the proxy, for some seconds, or until CUT seconds have passed.
local function load(s, seconds, cut)
  local case = s.case
  local words = table.move(s.pinned, 1, #s.pinned, 1, {})
  for _, word in ipairs { "wrk", "-t1", "-c" .. case.connections, ("-d%ds"):format(seconds),
    "-s", "tests/bench/wrk.lua", ("http://127.0.0.1:%d%s"):format(s.plan.port, case.path),
    "--", case.method, case.body, case.close and "close" or "keep-alive" } do
    words[#words + 1] = word
  end
  local wrk = kit.spawn(words)
  if cut then
    stage.rest(cut)
    wrk:signal("sigint")
  end
  wrk:wait_exit(seconds + PATIENCE)
  local said = {}
  for name, value in wrk:wait_line("^bench (.*)"):gmatch("(%w+)=(%d+)") do
    said[name] = math.tointeger(value)
  end
  return said
end

local function difference(before, after)
  local shares = {}
  for i, share in ipairs(after.shares) do shares[i] = share - before.shares[i] end
  return { shares = shares, connections = after.connections - before.connections - 1,
    requests = after.requests - before.requests }
end

--- Puts load on a peer.
-- @tparam table case of cases.lua
-- @tparam string name of the peer
-- @tparam number seconds how long
-- @treturn table `cpu`, `user`, `system`: µs for a request; `rate`: requests a second; `p50`,
-- `p99`, `p999`: ms; `requests`
-- @treturn {string,...} what was wrong
function measure.load(case, name, seconds)
  local s = stage.new(case, name)
  s:start_peer()
  local response = s:probe()
  load(s, 1, WARM_UP)
  local seen, used = s:counts(), usage.cpu(s.process.pid)
  local said = load(s, seconds)
  used, seen = usage.between(used, usage.cpu(s.process.pid)), difference(seen, s:counts())
  local micro = 1e6 / math.max(said.requests, 1)
  return {
    cpu = used.total * micro, user = used.user * micro, system = used.system * micro,
    rate = said.requests / (said.duration / 1e6), requests = said.requests,
    p50 = said.p50 / 1000, p99 = said.p99 / 1000, p999 = said.p999 / 1000,
  }, checks.run(s, said, response, seen)
end

-- A connection to the peer, as soon as there can be one.
local function connect(s, deadline)
  local ok, conn
  repeat
    ok, conn = pcall(kit.connect, s.plan.port)
  until ok or kit.now() > deadline
  assert(ok, conn)
  return conn
end

-- Starts a peer and waits for its first response. Returns the seconds that took.
local function start(s)
  local request = s:request()
  local began = kit.now()
  local process = peers.start(s.peer, s.plan)
  s:exchange(connect(s, began + PATIENCE), request)
  local took = kit.now() - began
  process:signal("sigterm")
  process:wait_exit()
  return took
end

--- Starts a peer several times, and waits for its first response.
-- @tparam table case of cases.lua
-- @tparam string name of the peer
-- @treturn table `start`: ms from exec to the end of the response, the median
-- @treturn {string,...} what was wrong: nothing
function measure.start(case, name)
  local s = stage.new(case, name)
  local times = {}
  for i = 1, STARTS do times[i] = start(s) * 1000 end
  return { start = statistics.spread(times).median }, {}
end

-- How many clients there can be: a proxy may need two descriptors for each.
local function most_clients()
  local pipe = assert(io.popen("ulimit -n"))
  local limit = tonumber(pipe:read("l")) or math.huge   -- or "unlimited"
  pipe:close()
  return (limit - SPARE_FILES) // 2
end

-- Opens connections to the peer, each of which makes one request and is left open.
local function open(s, count)
  local request, conns = s:request(), {}
  for i = 1, count do
    conns[i] = kit.connect(s.plan.port)
    s:exchange(conns[i], request)
  end
  return conns
end

--- Opens client connections, has each make a request, and leaves them open.
-- @tparam table case of cases.lua
-- @tparam string name of the peer
-- @treturn table `bytes`: resident memory for a connection; `idle`: ms of CPU in a second;
-- `held`: how many connections there were
-- @treturn {string,...} what was wrong: nothing
function measure.memory(case, name)
  local s = stage.new(case, name)
  local count = math.tointeger(math.min(case.connections, most_clients()))
  s.plan.clients = count + WARM_REQUESTS
  s:start_peer()
  open(s, WARM_REQUESTS)
  local before = usage.memory(s.process.pid)
  open(s, count)
  local after = usage.memory(s.process.pid)
  stage.rest(IDLE)
  local used = usage.cpu(s.process.pid)
  stage.rest(IDLE)
  used = usage.between(used, usage.cpu(s.process.pid))
  return { bytes = (after - before) / count, idle = used.total * 1000 / IDLE, held = count }, {}
end

return measure
