--- A tunnel through the proxy, between a client and a backend that the spec plays byte by byte.
--
--     local line = wire.new()
--     local client, server = tunnel.open(line)
--     client:send "to the backend"

local tunnel = {
  ASK = "GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
  AGREE = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n" ..
    "Upgrade: websocket\r\n\r\n",
}

--- Opens a tunnel, over connections of its own.
-- @tparam wire line
-- @tparam ?table options of `kit.connect`, for the client
-- @treturn conn of the client
-- @treturn conn of the backend
function tunnel.open(line, options)
  line:connect(options)
  line:ask(tunnel.ASK)
  local server, client = line.server, line.client
  server:send(tunnel.AGREE)
  local response = client:read_head()
  assert(response.status == 101, response.status)
  line.client, line.server = nil, nil
  return client, server
end

return tunnel
