--- The proxy under test, and other programs of the project, as child processes.

local files = require "spec.support.files"
local print_http = require "spec.support.print"
local process = require "spec.support.process"
local tcp = require "spec.support.tcp"

local proxy = setmetatable({}, { __index = process })
proxy.__index = proxy

local LISTENING = "listening on ([^ ]+)"

local function append(words, more)
  return table.move(more or {}, 1, #(more or {}), #words + 1, words)
end

-- The text of a script, with the addresses of objects and other values put in for its %s.
local function text_of(script, values)
  if #values == 0 then return script end
  local texts = {}
  for i, value in ipairs(values) do
    texts[i] = type(value) == "table" and value.addr or value
  end
  return script:format(table.unpack(texts))
end

-- The words of the command, and the path of the script if it was written here.
local function command_of(options)
  local words = {}
  for word in (os.getenv "LUAPROXY_WRAP" or ""):gmatch("%S+") do words[#words + 1] = word end
  words[#words + 1] = options.bin or os.getenv "LUAPROXY" or "./luaproxy"
  append(words, options.options)
  local path = options.file
  if options.script then
    path = files.new(text_of(options.script, table.move(options, 1, #options, 1, {})), "script.lua")
  end
  words[#words + 1] = path
  return append(words, options.args), path
end

local function start(words, options)
  words.env, words.cwd, words.limits = options.env, options.cwd, options.limits
  words.stdin = options.stdin
  words.stop_signal = (os.getenv "LUAPROXY_WRAP" or os.getenv "LUAPROXY_GENTLE") and "sigint" or nil
  return process.spawn(words)
end

-- Waits until as many addresses as wanted are listened at.
local function wait_listening(self, count, timeout)
  self.addrs = {}
  for i = 1, count do self.addrs[i] = self:wait_line(LISTENING, timeout) end
  if count == 0 then return self end
  self.addr = self.addrs[1]
  self.port = math.tointeger(self.addr:match(":(%d+)$"))
  return self
end

--- Starts the proxy and waits until it listens.
-- @tparam table options `script`: text, in which %s stand for the values at [1], [2] … (of an
-- object its `.addr`; without values the text stays as it is); or `file`: a path; `args`: a
-- list of words for the script; `options`: a list of words for the proxy, before the script;
-- `bin`; `listeners`: how many to wait for (1; with 0 there is no `.addr`); `timeout`; `env`,
-- `cwd`, `limits`, `stdin`: of `process.spawn`
-- @treturn process with `.addr`, `.port`, `.addrs`, `.path` of the script
function proxy.start(options)
  local words, path = command_of(options)
  local self = setmetatable(start(words, options), proxy)
  self.path = path
  return wait_listening(self, options.listeners or 1, options.timeout)
end

--- Runs a program to its end.
-- @tparam table options those of `process.spawn` if the command is at [1] and there is neither
-- `script` nor `file` nor `options`, else those of `proxy.start`
-- @treturn number the code
-- @treturn string what came at stdout
-- @treturn string what came at stderr
-- @treturn ?string the signal that ended it
function proxy.run(options)
  local of_proxy = options.script or options.file or options.options or not options[1]
  local child = of_proxy and start(command_of(options), options) or process.spawn(options)
  local code, signal = child:wait_exit(options.timeout)
  child.was_signalled = true   -- the caller hears of the signal
  return code, child.output:text("stdout"), child.output:text("stderr"), signal
end

--- Starts the demo backend and waits until it listens.
-- @tparam ?table options its words; `bin`, `env`, `cwd`, `limits`, `timeout`
-- @treturn process with `.addr`, `.port`
function proxy.echo(options)
  options = options or {}
  local words = { options.bin or os.getenv "LUAPROXY_ECHO" or "./echo/echo", "--port=0" }
  local self = start(append(words, options), options)
  return wait_listening(self, 1, options.timeout)
end

--- Replaces the text of the script, for a reload.
-- @tparam string script as in `proxy.start`
-- @param ... the values for its %s
function proxy:rewrite(script, ...)
  files.write(self.path, text_of(script, { ... }))
end

--- Connects to the proxy.
-- @tparam ?table options of `tcp.connect`
-- @treturn conn
function proxy:connect(options)
  return tcp.connect(self.addr, options)
end

--- Sends a request on a connection of its own and reads the response.
-- @tparam table request see `print.request`; the host is the proxy's address if absent;
-- `connect`: options of `tcp.connect`; `timeout`
-- @treturn table the response, see `conn:read_message`
function proxy:request(request)
  local values = setmetatable({}, { __index = request })
  if request.host == nil then values.host = self.addr end
  local conn = self:connect(request.connect)
  conn:send(print_http.request(values), request.timeout)
  local options = { head_of = request.method, timeout = request.timeout }
  local response = conn:read_message(options)
  while response.status < 200 and response.status ~= 101 do
    response = conn:read_message(options)
  end
  conn:close()
  return response
end

--- Gets a path on a connection of its own.
-- @tparam string path
-- @tparam ?table fields see `print.request`
-- @treturn table the response, see `conn:read_message`
function proxy:get(path, fields)
  return self:request { target = path, fields = fields }
end

--- Ends the proxy by SIGTERM and waits until it is gone.
-- @tparam ?number timeout
-- @treturn number the code
-- @treturn ?string the signal that ended it
function proxy:stop(timeout)
  self:signal("sigterm")
  return self:wait_exit(timeout)
end

return proxy
