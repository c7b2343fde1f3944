-- Counts the system calls that a request costs on a warm path, with strace, and prints those of the
-- last one in order.
-- usage: lua5.4 tests/tools/syscalls.lua
-- Fails if there is anything but the four transfers and the waits between them.

package.path = "./?.lua;" .. package.path
local kit = require "spec.support.kit"

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

-- Sends the requests over one connection, one after the other.
local function send(client, count)
  for _ = 1, count do
    client:send(REQUEST)
    client:read_message()
  end
end

-- The lines of strace's output that are calls.
local function calls_in(path)
  local calls = {}
  for line in io.lines(path) do
    if line:match("^[%w_]+%(") then calls[#calls + 1] = line end
  end
  return calls
end

-- What strace saw of COUNTED requests on a warm path.
local function trace()
  local a, b, c = kit.echo { "--number=1" }, kit.echo { "--number=2" }, kit.echo { "--number=3" }
  local proxy = kit.proxy { script = SCRIPT, a, b, c }
  local client = proxy:connect()
  local path = kit.file("", "trace")
  send(client, WARM)

  local strace = kit.spawn { "strace", "-p", tostring(proxy.pid), "-s", "40", "-o", path }
  strace:wait_line("attached")
  send(client, COUNTED)
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

local calls = trace()
local counts, names = count_names(calls)
kit.cleanup()

print("a warm request, call by call:")
for i = 2 * #FLOOR + 1, 3 * #FLOOR do print("  " .. (calls[i] or "-")) end
print(("calls a request, mean of %d:"):format(COUNTED))
for _, name in ipairs(names) do print(("  %-12s %.2f"):format(name, counts[name] / COUNTED)) end
if not is_floor(counts) then
  print("there is more than read, sendto, read, sendto and the waits between them")
  os.exit(1)
end
