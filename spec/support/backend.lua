--- Backends which answer by themselves, in the background, while the spec waits for something.

local loop = require "spec.support.loop"
local print_http = require "spec.support.print"
local tcp = require "spec.support.tcp"

local backend = {}
backend.__index = backend

local FOREVER = math.huge

-- Does a message with these fields end its connection?
local function says_close(fields, version)
  local connection
  for name, value in pairs(fields or {}) do
    if tostring(name):lower() == "connection" then connection = value end
  end
  if type(connection) == "table" then connection = table.concat(connection, ",") end
  connection = (connection or ""):lower()
  return connection:find("close", 1, true)
    or version == "HTTP/1.0" and not connection:find("keep-alive", 1, true)
end

-- The next request; nil if the connection ended instead. One that ends within a request is counted,
-- bytes that make no sense are raised: the spec shall hear of them.
local function read_request(self, conn)
  loop.wait("a request", function() return conn.inbox.size > 0 or conn.inbox.ended end, FOREVER)
  if conn.inbox.size == 0 then return nil end
  local ok, request = pcall(function()
    local head = conn:read_head(FOREVER)
    if head.fields.expect == "100-continue" then conn:post("HTTP/1.1 100 Continue\r\n\r\n") end
    return conn:read_body(head, { timeout = FOREVER })
  end)
  if ok then return request end
  if not conn.cut and not conn.closed then error(request, 0) end
  self.aborted = self.aborted + 1
  return nil
end

-- What the handler wants sent; nil if it has sent everything itself.
local function response_to(self, request, conn)
  local response = self
  if self.handler then response = self.handler(request, conn) end
  if type(response) == "string" then response = { body = response } end
  return response
end

local function print_response(self, response, request)
  local fields = {}
  for name, value in pairs(response.fields or {}) do fields[name] = value end
  if self.name then fields["X-Backend"] = self.name end
  return print_http.response {
    status = response.status, reason = response.reason, version = response.version,
    fields = fields, trailers = response.trailers, body = response.body or self.name,
    head_of = request.method,
  }
end

-- Returns whether the connection can be used again.
local function answer(self, request, conn)
  self.requests[#self.requests + 1] = request
  local response = response_to(self, request, conn)
  if response and not conn.closed then
    local sent = pcall(conn.send, conn, print_response(self, response, request), FOREVER)
    if not sent or says_close(response.fields, response.version) then return false end
  end
  return not conn.closed and not says_close(request.fields, request.version)
end

local function serve(self, conn)
  local request = read_request(self, conn)
  while request and answer(self, request, conn) do
    request = read_request(self, conn)
  end
  conn:close()
  self.open[conn] = nil
end

-- A handler may fail because the backend was stopped meanwhile; nobody needs to hear of that.
local function serve_task(self, conn)
  local ok, why = pcall(serve, self, conn)
  self.open[conn] = nil
  if not ok and not conn.stopped then error(why, 0) end
end

local function on_accept(self, conn)
  self.connections = self.connections + 1
  self.open[conn] = true
  loop.task("backend " .. (self.name or self.addr), function() serve_task(self, conn) end)
end

--- Starts a backend which answers every request in the same way, and keeps connections open.
-- @tparam ?table options `name`: said in the field X-Backend, and the body if there is no other;
-- `status`, `reason`, `fields`, `body` (a list is sent as chunks), `trailers`; `port`; or
-- `handler`: a function of request and connection, in which all waiting calls may be used; it
-- returns a response like these options, a body, or nil if it has sent everything itself
-- @treturn backend with `.addr`, `.port`, `.requests`: a list of messages, `.connections`: how many
-- were accepted, `.aborted`: how many ended within a request
function backend.new(options)
  local self = setmetatable({ requests = {}, connections = 0, aborted = 0, open = {} }, backend)
  for key, value in pairs(options or {}) do self[key] = value end
  self.listener = tcp.listener {
    port = self.port, on_accept = function(conn) on_accept(self, conn) end,
  }
  self.addr, self.port = self.listener.addr, self.listener.port
  return self
end

--- Starts N backends named "a", "b", "c" …
-- @tparam number n at most 26
-- @tparam ?table options for each of them, as for `new`
-- @treturn {backend,...}
function backend.several(n, options)
  local list = {}
  for i = 1, n do
    local own = { name = string.char(96 + i) }
    for key, value in pairs(options or {}) do own[key] = value end
    list[i] = backend.new(own)
  end
  return list
end

--- How many connections are open now.
-- @treturn number
function backend:open_connections()
  local n = 0
  for _ in pairs(self.open) do n = n + 1 end
  return n
end

--- Waits until N requests have come altogether.
-- @tparam number n
-- @tparam ?number timeout
-- @treturn table the Nth request
function backend:wait_request(n, timeout)
  loop.wait(("request %d at backend %s"):format(n, self.name or self.addr),
    function() return #self.requests >= n end, timeout,
    function() return ("%d had come"):format(#self.requests) end)
  return self.requests[n]
end

--- Closes the listener and all connections: the port refuses.
function backend:stop()
  self.listener:close()
  for conn in pairs(self.open) do
    conn.stopped = true
    conn:close()
  end
end

--- Listens again, at the same port.
function backend:start()
  self.listener:reopen()
end

return backend
