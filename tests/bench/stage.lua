--- One peer between a client and the backends, for as long as one run takes.

local kit = require "spec.support.kit"
local machine = require "tests.bench.machine"
local peers = require "tests.bench.peers"

local stage = {}
stage.__index = stage

local ALPHABET = "abcdefghijklmnopqrstuvwxyz"
local VALUE = "what a field says, as long as cookies and such"

-- The CPUs that the load (with the backends) and the proxy run on.
local function cpus_of(case)
  local cpus = machine.cpus()
  local proxy = cpus[2] or cpus[1]
  return case.alone and cpus[1] or proxy, proxy
end

--- Where the backends are, see backend.c.
-- @tparam number count
-- @param port of all of them
-- @treturn {string,...}
function stage.addresses(count, port)
  local list = {}
  for i = 1, count do list[i] = ("127.1.%d.%d:%s"):format(i >> 8, i & 255, port) end
  return list
end

--- Starts the backends.
-- @tparam table case of cases.lua
-- @tparam string name one of `peers.all`
-- @treturn stage with `.case`, `.peer`, `.plan` and `.pinned`: words that pin the load to its CPU
function stage.new(case, name)
  local load_cpu, proxy_cpu = cpus_of(case)
  local self = setmetatable({ case = case, peer = name }, stage)
  self.pinned = { "taskset", "-c", load_cpu }
  self.proxy_pinned = { "taskset", "-c", proxy_cpu }
  self.backend = kit.spawn { "taskset", "-c", load_cpu, "build/bench/backend", case.backends }
  local port = self.backend:wait_line "^listening on port (%d+)"
  self.plan = { case = case, port = kit.closed_port(), clients = case.connections,
    backends = stage.addresses(case.backends, port) }
  return self
end

--- Starts the peer on its CPU and waits until it listens.
-- @tparam ?{string,...} prefix words before its command, instead of those that pin it
function stage:start_peer(prefix)
  self.process = peers.start(self.peer, self.plan, prefix or self.proxy_pinned)
  peers.await(self.process)
end

-- Fields that mean nothing, so that there are as many as the case wants, Host included.
local function fields_of(case)
  local fields = {}
  if case.close then fields[1] = { "Connection", "close" } end
  for i = 2, case.fields or 1 do fields[#fields + 1] = { ("X-Field-%03d"):format(i), VALUE } end
  return fields
end

--- The request that the load generator sends.
-- @treturn string
function stage:request()
  local case = self.case
  return kit.request {
    method = case.method, target = case.path, host = "127.0.0.1:" .. self.plan.port,
    body = case.body > 0 and ("x"):rep(case.body) or nil,
    fields = fields_of(case),
  }
end

--- Sends one request and reads the response, which must be right.
-- @tparam conn conn of the kit
-- @tparam string request
-- @treturn number how long the response is, with its head
function stage:exchange(conn, request)
  conn:send(request)
  local head = conn:read_until("\r\n\r\n")
  local parsed = assert(kit.parse_head(head))
  assert(parsed.status == 200, self.peer .. " answers " .. parsed.line)
  local length = tonumber(parsed.fields["content-length"])
  assert(length == self.case.size, self.peer .. " has not said how long the body is")
  local body = conn:read(length)
  local right = ALPHABET:rep(length // #ALPHABET + 1):sub(1, length)
  assert(body == right, self.peer .. " has changed the body")
  return #head + length
end

--- Sends one request on a connection of its own.
-- @treturn number how long the response is, with its head
function stage:probe()
  local conn = kit.connect(self.plan.port)
  local size = self:exchange(conn, self:request())
  conn:close()
  return size
end

--- What the backends have seen so far.
-- @treturn table `connections`, `requests`: sums; `shares`: requests of each backend
function stage:counts()
  local conn = kit.connect(self.plan.backends[1])
  conn:send(kit.request { target = "/count" })
  local lines = conn:read_message().body
  conn:close()
  local counts = { connections = 0, requests = 0, shares = {} }
  for connections, requests in lines:gmatch("(%d+) (%d+)\n") do
    counts.connections = counts.connections + connections
    counts.requests = counts.requests + requests
    table.insert(counts.shares, math.tointeger(requests))
  end
  return counts
end

--- Lets some time pass.
-- @tparam number seconds
function stage.rest(seconds)
  local rested = kit.now() + seconds
  kit.until_true(function() return kit.now() >= rested end, "a rest", seconds + 1)
end

return stage
