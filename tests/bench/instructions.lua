-- How many user instructions a request costs, counted by callgrind: no quiet machine is needed.
-- usage: [CASES=...] [PEERS=...] lua5.4 instructions.lua [--check | --record]
--   --check    fail if a case costs more than 5 % above its newest line in history.csv
--   --record   add a line for each case to history.csv
-- Two runs that differ only in the number of requests are subtracted from each other, so start, end
-- and the first connections do not count. One client sends one request at a time.

package.path = "./?.lua;" .. package.path

local history = require "tests.bench.history"
local kit = require "spec.support.kit"
local machine = require "tests.bench.machine"
local options = require "tests.bench.options"
local peers = require "tests.bench.peers"
local stage = require "tests.bench.stage"

local COUNTED = 4000   -- requests
local WORSE = 1.05
local PATIENCE = 300   -- seconds for a run under callgrind

local PLAIN = "GET /128 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n"

-- What a browser says of itself: eleven fields in some 700 bytes.
local BROWSER = table.concat({
  "GET /128 HTTP/1.1",
  "Host: 127.0.0.1:8080",
  "Connection: keep-alive",
  'sec-ch-ua: "Chromium";v="126", "Not.A/Brand";v="24"',
  "sec-ch-ua-mobile: ?0",
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    .. "Chrome/126.0.0.0 Safari/537.36",
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
    .. "image/apng,*/*;q=0.8",
  "Referer: http://127.0.0.1:8080/some/page/that/was/read/before",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "Accept-Language: en-GB,en-US;q=0.9,en;q=0.8,de;q=0.7",
  "Cookie: session=3f6c1b9a7d5e4f2088c1d2e3f4a5b6c7; theme=dark; consent=necessary; "
    .. "_visits=17; _seen=1718000000",
  "Cache-Control: max-age=0",
}, "\r\n") .. "\r\n\r\n"

-- `warm`: requests until every backend has the connections it will have.
local cases = {
  { name = "small", title = "round robin in Lua", peer = "luaproxy", request = PLAIN,
    backends = 3, warm = 1000 },
  { name = "small-c", title = "round robin in C", peer = "luaproxy-c", request = PLAIN,
    backends = 3, warm = 1000 },
  { name = "random2-1000", title = "two choices of 1,000 backends, in Lua",
    peer = "luaproxy-random2", request = PLAIN, backends = 1000, warm = 12000 },
  { name = "browser", title = "a browser's request head, round robin in Lua", peer = "luaproxy",
    request = BROWSER, backends = 3, warm = 1000 },
}

-- What others cost in the case "small", measured with Debian 12's packages.
local PUBLISHED = {
  { "relay", 137 }, { "haproxy-tcp", 4333 }, { "h2o", 16825 }, { "nghttpx", 19155 },
  { "nginx", 20379 }, { "nginx-lua", 23827 }, { "haproxy", 28326 }, { "haproxy-splice", 28965 },
  { "haproxy-lua", 54110 }, { "ats", 104591 }, { "go-tuned", 114218 }, { "caddy", 178276 },
}

-- The words that have a command counted; each process writes into a file of its own beside PATH.
local function callgrind(path)
  return { "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
    "--trace-children=yes", "--log-file=" .. path .. ".%p" }
end

-- The sum of what was written.
local function read_counts(path)
  local sum = 0
  local pipe = assert(io.popen("cat " .. path .. ".*"))
  for line in pipe:lines() do sum = sum + (line:match("Collected : (%d+)") or 0) end
  pipe:close()
  return math.tointeger(sum)
end

-- All instructions of a peer that serves COUNT requests.
local function collect(case, peer, count)
  local log = kit.file("", "callgrind")
  local s = stage.new({ backends = case.backends, connections = 1, path = "/128", size = 128 },
    peer)
  s:start_peer(callgrind(log))
  local conn = kit.connect(s.plan.port)
  for _ = 1, count do s:exchange(conn, case.request) end
  s.process:signal("sigterm")
  s.process:wait_exit(PATIENCE)
  local sum = read_counts(log)
  kit.cleanup()
  assert(sum > 0, "callgrind has not said anything of " .. peer)
  return sum
end

local function instructions(case, peer)
  local less = collect(case, peer, case.warm)
  local more = collect(case, peer, case.warm + COUNTED)
  return (more - less + COUNTED // 2) // COUNTED
end

local function names_of(list)
  local names = {}
  for i, case in ipairs(list) do names[i] = case.name end
  return names
end

local function say(case, count, ...)
  print(("%-14s %7d   "):format(case.name, count) .. string.format(...))
  io.stdout:flush()
end

-- Says what a case costs beside what it did cost. Returns the figure, and whether it is too high.
local function count_luaproxy(case)
  local now, before = instructions(case, case.peer), history.newest(case.name)
  if not before then
    say(case, now, "%s; there is no history", case.title)
    return now, false
  end
  local change = now / before.instructions
  say(case, now, "%s; %+.1f %% since %s%s", case.title, 100 * (change - 1), before.commit,
    change > WORSE and ": TOO MUCH" or "")
  return now, change > WORSE
end

local function count_all(chosen)
  local figures, worse = {}, false
  for _, case in ipairs(cases) do
    if chosen[case.name] then
      local count, is_worse = count_luaproxy(case)
      figures[#figures + 1] = { case = case.name, instructions = count }
      worse = worse or is_worse
    end
  end
  return figures, worse
end

-- Others choose as they always do, so the cases that differ by the policy are one.
local function count_peers(names, chosen)
  for _, name in ipairs(names) do
    for _, case in ipairs(cases) do
      if chosen[case.name] and case.peer == "luaproxy" then
        say(case, instructions(case, name), "%s", name)
      end
    end
  end
end

local function print_published()
  local texts = {}
  for i, peer in ipairs(PUBLISHED) do texts[i] = ("%s %d"):format(peer[1], peer[2]) end
  print("others, measured before, in the case small: " .. table.concat(texts, ", "))
end

local mode = arg[1]
local known = names_of(cases)
local chosen = {}
for _, name in ipairs(options.names("CASES", known, known)) do chosen[name] = true end

kit.patience(PATIENCE)
print("user instructions for a request:")
local figures, worse = count_all(chosen)
if mode ~= "--check" then
  count_peers(options.names("PEERS", peers.all, {}), chosen)
  print_published()
end
if mode == "--record" then
  history.add(os.date("%Y-%m-%d"), machine.version(), machine.commit(), figures)
end
if worse then print("more than 5 % above the newest lines of tests/bench/history.csv") end
os.exit(mode == "--check" and worse and 1 or 0)
