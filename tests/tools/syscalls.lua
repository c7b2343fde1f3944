-- Counts the system calls that a request costs on a warm path, and a small message that is sent
-- through a tunnel and answered, with strace, and prints those of one in order.
-- usage: lua5.4 tests/tools/syscalls.lua
-- Fails if there is anything but the four transfers and the waits between them.

package.path = "./?.lua;" .. package.path
local kit = require "spec.support.kit"
local tunnel = require "spec.support.tunnel"
local wire = require "spec.support.wire"

local WARM, COUNTED = 10, 100
local MAX_TICKS = 10   -- of the watch over scripts: one for every 4 ms of CPU
local REQUEST = "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"
local FLOOR = { "epoll_wait", "read", "sendto", "epoll_wait", "read", "sendto" }

local SCRIPT = [[
local turn = 0
return {
  listen = "127.0.0.1:0",
  backends = { "%s", "%s", "%s" },
  log = { access = false },
  health = false,
  pick = function(up)
    turn = turn %% #up + 1
    return up[turn]
  end,
}
]]

-- Something that asks three backends over one connection, and the proxy before them.
local function requests()
  local a, b, c = kit.echo { "--number=1" }, kit.echo { "--number=2" }, kit.echo { "--number=3" }
  local proxy = kit.proxy { script = SCRIPT, a, b, c }
  local client = proxy:connect()
  return function()
    client:send(REQUEST)
    client:read_message()
  end, proxy
end

-- Something that says a word through a tunnel and is answered, and the proxy.
local function messages()
  local line = wire.new "log = { access = false }"
  local client, server = tunnel.open(line)
  return function()
    client:send "ping"
    server:expect "ping"
    server:send "pong"
    client:expect "pong"
  end, line.proxy
end

-- The lines of strace's output that are calls.
local function calls_in(path)
  local calls = {}
  for line in io.lines(path) do
    if line:match("^[%w_]+%(") then calls[#calls + 1] = line end
  end
  return calls
end

-- What strace sees of PROXY while something is DONE as often as is COUNTED, on a warm path.
local function trace(done, proxy)
  local path = kit.file("", "trace")
  for _ = 1, WARM do done() end

  local strace = kit.spawn { "strace", "-p", tostring(proxy.pid), "-s", "40", "-o", path }
  strace:wait_line("attached")
  for _ = 1, COUNTED do done() end
  strace:signal("sigint")
  strace:wait_exit()
  return calls_in(path)
end

local function count_names(calls)
  local counts, names = {}, {}
  for _, call in ipairs(calls) do
    local name = call:match("^[%w_]+")
    if not counts[name] then names[#names + 1] = name end
    counts[name] = (counts[name] or 0) + 1
  end
  table.sort(names)
  return counts, names
end

-- Does a request cost what it must, and nothing else? A wait more or less at the ends is strace's.
local function is_floor(counts)
  local wanted = {}
  for _, name in ipairs(FLOOR) do wanted[name] = (wanted[name] or 0) + COUNTED end
  for name, count in pairs(counts) do
    local slack = name == "epoll_wait" and 2 or 0
    if name == "rt_sigreturn" then slack = MAX_TICKS end
    if math.abs(count - (wanted[name] or 0)) > slack then return false end
  end
  return true
end

-- Counts the calls for what BEGIN gives, which is called WHAT, and prints them. Says whether there
-- are only those that there must be.
local function report(what, begin)
  local calls = trace(begin())
  local counts, names = count_names(calls)
  kit.cleanup()

  print(("a warm %s, call by call:"):format(what))
  for i = 2 * #FLOOR + 1, 3 * #FLOOR do print("  " .. (calls[i] or "-")) end
  print(("calls a %s, mean of %d:"):format(what, COUNTED))
  for _, name in ipairs(names) do print(("  %-12s %.2f"):format(name, counts[name] / COUNTED)) end
  return is_floor(counts)
end

local is_request_floor = report("request", requests)
if not report("message through a tunnel", messages) or not is_request_floor then
  print("there is more than read, sendto, read, sendto and the waits between them")
  os.exit(1)
end
