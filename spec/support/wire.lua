--- The proxy between one client and one backend, both of which the spec plays byte by byte.
--
--     local wire = require "spec.support.wire"
--
--     local line = wire.new()
--     local request = line:ask "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
--     local response = line:answer "HTTP/1.1 204 No Content\r\n\r\n"
--
-- The client speaks over `line.client`, the backend over `line.server`. Both are opened when they
-- are needed, and again when they have ended.

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

--- Opens another connection for the client.
-- @tparam ?table options of `kit.connect`
-- @treturn conn
function wire:connect(options)
  self.client = self.proxy:connect(options)
  self.client.handle:nodelay(true)
  return self.client
end

--- Sends bytes as the client.
-- @tparam string bytes
-- @treturn conn the client's connection
function wire:send(bytes)
  local client = self.client
  if client == nil or client.closed or client.inbox.ended then client = self:connect() end
  client:send(bytes)
  return client
end

--- Waits for bytes at the backend, over the connection there is or over another one.
-- @treturn conn the backend's connection
function wire:accept()
  kit.until_true(function()
    return self.backend:pending() > 0 or self.server and self.server.inbox.size > 0
  end, "a request at the backend")
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
  local request = self:accept():read_message()
  self.method = request.method
  return request
end

--- Sends a response, or nothing more, and reads what the client is given.
-- @tparam ?string bytes
-- @treturn table see `conn:read_message`
function wire:answer(bytes)
  if bytes then self.server:send(bytes) end
  return self.client:read_message { head_of = self.method }
end

--- A whole exchange that must work, to see whether the proxy still does.
-- @treturn table what the backend was asked, see `conn:read_message`
function wire:probe()
  local request = self:ask "GET /probe HTTP/1.1\r\nHost: probe\r\n\r\n"
  local response = self:answer "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nprobe"
  assert(request.target == "/probe" and response.body == "probe")
  return request
end

--- Waits until the proxy has read all that was sent before, and has done what follows from it: its
-- only thread has, when it answers a connection that was made later.
function wire:settle()
  local conn = self.proxy:connect()
  conn:send "?\r\n\r\n"
  conn:read_all()
  conn:close()
end

return wire
