--- Listeners and connections, always on the loopback interface, always on a port of the system's.
--
-- A port once taken stays ours until the cleanup: a second socket is bound to it which never
-- listens. So nobody else can be given the port while a spec has stopped listening there.

local conn = require "spec.support.conn"
local failure = require "spec.support.failure"
local loop = require "spec.support.loop"
local uv = require "spec.support.uv"

local tcp = {}

local listener = {}
listener.__index = listener

local HOST = "127.0.0.1"
local BACKLOG = 128

-- A bound socket, and its port. Port 0 lets the system choose.
local function bind(port)
  local handle = uv.new_tcp("inet")
  local ok, err = handle:bind(HOST, port)
  if not ok then failure.raise(("cannot bind port %d: %s"):format(port, err)) end
  return handle, handle:getsockname().port
end

local function accept_waiting(self)
  while self.waiting > 0 and not self.paused do
    self.waiting = self.waiting - 1
    local handle = uv.new_tcp()
    if self.handle:accept(handle) then
      self.accepted = self.accepted + 1
      self.on_accept(conn.new(handle, { paused = self.options.paused_conns }))
    else
      handle:close()
    end
  end
end

--- Listens.
-- @tparam ?table options `port`: one of `closed_port`, instead of a new one; `backlog`;
-- `paused = true`: accepts nothing until `resume`; `paused_conns = true`: reads nothing from
-- accepted connections until their `resume`; `receive_buffer`: bytes, for accepted connections
-- @treturn listener with `.port`, `.addr`, `.accepted`: how many so far
function tcp.listener(options)
  options = options or {}
  local self = setmetatable({ options = options, queue = {}, accepted = 0 }, listener)
  self.on_accept = options.on_accept or function(c) self.queue[#self.queue + 1] = c end
  self.holder, self.port = bind(options.port or 0)
  self.addr = HOST .. ":" .. self.port
  self.paused = options.paused
  self:reopen()
  return self
end

--- Listens again, at the same port.
function listener:reopen()
  self.handle = bind(self.port)
  self.waiting = 0
  if self.options.receive_buffer then
    uv.recv_buffer_size(self.handle, self.options.receive_buffer)
  end
  local ok, err = self.handle:listen(self.options.backlog or BACKLOG, function()
    self.waiting = self.waiting + 1
    accept_waiting(self)
  end)
  if not ok then failure.raise(("cannot listen at %s: %s"):format(self.addr, err)) end
end

--- Accepts again, first those who came meanwhile.
function listener:resume()
  self.paused = false
  accept_waiting(self)
end

--- Leaves new connections in the kernel, all but one, until its backlog is full.
function listener:pause()
  self.paused = true
end

--- The next connection.
-- @tparam ?number timeout
-- @treturn conn
function listener:accept(timeout)
  loop.wait("a connection to " .. self.addr, function() return #self.queue > 0 end, timeout)
  return table.remove(self.queue, 1)
end

--- How many connections have come which the spec has not accepted, without waiting.
-- @treturn number
function listener:pending()
  return #self.queue
end

--- No connection must come for a while. This call takes its time.
-- @tparam number seconds
function listener:expect_silence(seconds)
  if loop.lapse(seconds, function() return #self.queue > 0 end) then
    failure.raise_with_witnesses(("expected no connection to %s for %g s; one came")
      :format(self.addr, seconds))
  end
end

--- Stops listening; connections the spec has not accepted are closed. The port refuses.
function listener:close()
  if not self.handle:is_closing() then self.handle:close() end
  for _, c in ipairs(self.queue) do c:close() end
  self.queue = {}
end

--- A port where nobody listens: connections are refused.
-- @treturn number
function tcp.closed_port()
  local _, port = bind(0)
  return port
end

--- A listener whose backlog is full already: who connects hears nothing, not even a refusal.
-- @treturn listener
function tcp.deaf_listener()
  local self = tcp.listener { backlog = 0, paused = true }
  tcp.connect(self.addr)
  loop.wait("the first connection", function() return self.waiting > 0 end)
  tcp.connect(self.addr)
  return self
end

local function parse_addr(addr)
  if math.type(addr) == "integer" then return HOST, addr end
  local host, port = tostring(addr):match("^%[?([^%]]+)%]?:(%d+)$")
  if not host then failure.raise("not an address: " .. tostring(addr)) end
  return host, math.tointeger(port)
end

--- Connects.
-- @tparam string|number addr "host:port", with a numeric host, or a port
-- @tparam ?table options `from`: the address to come from, for example "127.0.0.2"; `paused`: read
-- nothing until `resume`; `receive_buffer`: bytes; `timeout`
-- @treturn conn
function tcp.connect(addr, options)
  options = options or {}
  local host, port = parse_addr(addr)
  local handle = uv.new_tcp(host:find(":", 1, true) and "inet6" or "inet")
  if options.receive_buffer then uv.recv_buffer_size(handle, options.receive_buffer) end
  if options.from then handle:bind(options.from, 0) end
  local done, failed
  local ok, err, name = handle:connect(host, port, function(why) done, failed = true, why end)
  if ok then
    loop.wait("a connection to " .. addr, function() return done end, options.timeout)
  end
  if not ok or failed then
    handle:close()
    failure.raise_with_witnesses(("cannot connect to %s: %s"):format(addr, failed or name or err))
  end
  return conn.new(handle, options)
end

return tcp
