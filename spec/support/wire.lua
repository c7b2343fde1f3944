--- The proxy with one client and one backend, both of which the spec plays byte by byte.
--
--     local wire = require "spec.support.wire"
--
--     local line = wire.new()
--     local request = line:ask "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
--     local response = line:answer "HTTP/1.1 204 No Content\r\n\r\n"
--
-- What is asked goes over the client's connection `line.client`, what is answered over the backend's
-- connection `line.server`; both are opened when they are needed, and again after they have ended.

local kit = require "spec.support.kit"

local wire = {}
wire.__index = wire

local SCRIPT = [[
  return { listen = "127.0.0.1:0", backends = { "%%s" }, health = false, %s }
]]

--- Starts the proxy before a listener.
-- @tparam ?string keys more keys of the script, as text
-- @tparam ?table options of `kit.listener`, for the backend
-- @treturn wire with `.proxy`, `.backend`: the listener
function wire.new(keys, options)
  local self = setmetatable({ backend = kit.listener(options) }, wire)
  self.proxy = kit.proxy { script = SCRIPT:format(keys or ""), self.backend }
  return self
end

local function is_over(conn)
  return conn == nil or conn.closed or conn.inbox.ended
end

--- Sends bytes as the client, over a new connection if there is none.
-- @tparam string bytes
-- @treturn conn the client's connection
function wire:send(bytes)
  if is_over(self.client) then self:connect() end
  self.client:send(bytes)
  return self.client
end

--- Opens another connection for the client.
-- @tparam ?table options of `kit.connect`
-- @treturn conn
function wire:connect(options)
  self.client = self.proxy:connect(options)
  self.client.handle:nodelay(true)
  return self.client
end

--- The connection over which the proxy talks to the backend, accepted if there is none.
-- @treturn conn
function wire:accept()
  kit.until_true(function() return self.backend:pending() > 0 or not is_over(self.server) end,
    "a connection to the backend")
  if self.backend:pending() > 0 then
    self.server = self.backend:accept()
    self.server.handle:nodelay(true)
  end
  return self.server
end

--- Sends a request, or nothing more, and reads what the backend is given.
-- @tparam ?string bytes
-- @treturn table see `conn:read_message`
function wire:ask(bytes)
  if bytes then self:send(bytes) end
  self.method = nil
  local request = self:accept():read_message()
  self.method = request.method
  return request
end

--- Sends bytes as the backend, and reads what the client is given.
-- @tparam string bytes
-- @treturn table see `conn:read_message`
function wire:answer(bytes)
  self.server:send(bytes)
  return self.client:read_message { head_of = self.method }
end

--- Waits until the proxy has read all that was sent before, and has done what follows from it. Its one
-- thread has when it answers a connection that was made later.
function wire:settle()
  local conn = self.proxy:connect()
  conn:send "?\r\n\r\n"
  conn:read_all()
  conn:close()
end

return wire
