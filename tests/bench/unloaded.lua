--- What is measured without load: how long a start takes, what connections cost that do nothing,
-- and how long Lua's collector takes.

local generator = require "tests.bench.generator"
local kit = require "spec.support.kit"
local machine = require "tests.bench.machine"
local peers = require "tests.bench.peers"
local stage = require "tests.bench.stage"
local statistics = require "tests.bench.statistics"
local usage = require "tests.bench.usage"

local unloaded = {}

local PATIENCE = 10      -- seconds that anything may take longer than it should
local IDLE = 1           -- seconds
local WARM_REQUESTS = 100
local STARTS = 5
local REST_PATIENCE = 120

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
function unloaded.start(case, name)
  local s = stage.new(case, name)
  local times = {}
  for i = 1, STARTS do times[i] = start(s) * 1000 end
  return { start = statistics.spread(times).median }, {}
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
function unloaded.memory(case, name)
  local s = stage.new(case, name)
  local count = math.min(case.connections, machine.most_clients())
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

--- Has the policy of a peer pick 100,000 times, without any network, see rest.c.
-- @tparam table case of cases.lua
-- @tparam string name of the peer
-- @treturn table `longest`, `p999`: ms of a rest of the collector; `worst`: the longest with what
-- the machine added to it; `each`: µs of it for a pick; `most`: MB that Lua had at most
-- @treturn {string,...} what was wrong
function unloaded.pause(case, name)
  local plan = { case = case, port = 0, backends = stage.addresses(case.backends, 80) }
  local words = peers.command(name, plan)
  words[1] = case.turn
  local rest = kit.spawn { "build/bench/rest", table.unpack(words) }
  rest:wait_exit(REST_PATIENCE)
  local said, wrong = generator.figures(rest), {}
  if said.failed > 0 then
    wrong[1] = ("%s, %s: %d picks failed"):format(case.name, name, said.failed)
  end
  return {
    longest = said.longest / 1e6, p999 = said.p999 / 1e6, worst = said.worst / 1e6,
    each = said.sum / said.picks / 1000, most = said.most / 1e6, requests = said.picks,
  }, wrong
end

return unloaded
