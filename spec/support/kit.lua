--- The kit with which specs test programs as black boxes, over real sockets.
--
--     local kit = require "spec.support.kit"
--
--     describe("a proxy", function()
--       after_each(kit.cleanup)
--
--       it("sends what it got", function()
--         local backend = kit.listener()
--         local proxy = kit.proxy { script = SCRIPT, backend }
--         local client = proxy:connect()
--         client:send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
--         local request = backend:accept():read_message()
--         assert.equal("/", request.target)
--       end)
--     end)
--
-- Calls that wait do so until what they wait for has come, and fail at the line of the spec
-- when `kit.patience()` seconds have passed. Environment: LUAPROXY, LUAPROXY_ECHO (programs),
-- LUAPROXY_WRAP (a command to run the proxy under), LUAPROXY_GENTLE (end it by SIGINT, so that
-- leaks are reported), LUAPROXY_PATIENCE (seconds).

local backend = require "spec.support.backend"
local bytes = require "spec.support.bytes"
local children = require "spec.support.children"
local files = require "spec.support.files"
local head = require "spec.support.head"
local loop = require "spec.support.loop"
local print_http = require "spec.support.print"
local process = require "spec.support.process"
local proxy = require "spec.support.proxy"
local tcp = require "spec.support.tcp"

local kit = {
  listener = tcp.listener,
  deaf_listener = tcp.deaf_listener,
  closed_port = tcp.closed_port,
  connect = tcp.connect,
  backend = backend.new,
  backends = backend.several,
  spawn = process.spawn,
  proxy = proxy.start,
  run = proxy.run,
  echo = proxy.echo,
  file = files.new,
  until_true = loop.until_true,
  background = loop.task,
  now = loop.now,
  request = print_http.request,
  response = print_http.response,
  parse_head = head.parse,
  fnv1a = bytes.fnv1a,
  payload = bytes.payload,
  show = bytes.show,
}

--- How long calls wait unless told otherwise.
-- @tparam ?number seconds sets it, until the end of the spec file
-- @treturn number seconds
function kit.patience(seconds)
  loop.patience = seconds or loop.patience
  return loop.patience
end

--- Ends all children, closes all sockets, removes all temporary files, and raises what children
-- did wrong without any spec having heard of it. To be called after each spec.
function kit.cleanup()
  loop.drop_tasks()
  local complaints = children.end_all()
  loop.close_all()
  files.remove_all()
  if #complaints > 0 then error(table.concat(complaints, "\n"), 0) end
end

return kit
