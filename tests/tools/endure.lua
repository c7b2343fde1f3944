-- What takes too long for every day: large transfers, many requests and reloads, foreign clients,
-- valgrind.
-- usage: lua5.4 tests/tools/endure.lua
-- Prints a line for each promise, and ends with "N passed, N failed".

package.path = "./?.lua;" .. package.path
local flapping = require "spec.support.flapping"
local kit = require "spec.support.kit"
local load = require "spec.support.load"
local mortal = require "spec.support.mortal"

local GIGABYTE = 1 << 30
local SCRIPT = [[
return { listen = "127.0.0.1:0", backends = { "%s" }, log = { access = false } }
]]

kit.patience(600)

local function start(...)
  local backend = kit.echo { "--number=1" }
  return kit.proxy { script = SCRIPT, backend, ... }, backend
end

local function shell(command)
  local code, out, err = kit.run { "sh", "-c", command }
  assert(code == 0, command .. ": " .. out .. err)
  return out
end

-- What the kernel says of the memory of a process, in KB: "VmRSS", or "VmHWM" for the most ever.
local function memory(process, name)
  for line in io.lines("/proc/" .. process.pid .. "/status") do
    local kilobytes = line:match("^" .. name .. ":%s*(%d+) kB")
    if kilobytes then return math.tointeger(kilobytes) end
  end
end

-- Has the proxy load its script anew, N times.
local function reload(proxy, n)
  for _ = 1, n do
    proxy:signal("sighup")
    proxy:wait_line("loaded .* anew$")
  end
end

-- Reads N bytes, more slowly than the backend sends them.
local function read_slowly(client, n)
  local pause = 64 << 20
  local since = 0
  while n > 0 do
    local bytes = #client:read_some()
    n, since = n - bytes, since + bytes
    if since > pause then
      client:pause()
      local rested = kit.now() + 0.02
      kit.until_true(function() return kit.now() >= rested end, "a pause")
      client:resume()
      since = 0
    end
  end
end

local promises = {
  { "curl, wrk, ab and h2load work through it", function()
    local proxy = start()
    local url = "http://" .. proxy.addr .. "/"
    assert(shell("curl -sf " .. url) == "Hello world from server 1\n")
    local wrk = shell("wrk -t1 -c32 -d3 " .. url)
    assert(not wrk:find("Non%-2xx") and not wrk:find("Socket errors"), wrk)
    for _, keep in ipairs { "", "-k" } do
      local ab = shell(("ab -q %s -n 5000 -c 16 %s"):format(keep, url))
      assert(ab:find("Failed requests: +0\n") and not ab:find("Non%-2xx"), ab)
    end
    local h2load = shell("h2load --h1 -n 20000 -c 16 -m 4 " .. url)
    assert(h2load:find("20000 succeeded, 0 failed, 0 errored", 1, true), h2load)
    return wrk:match("Requests/sec:%s+(%S+)") .. " requests a second with wrk"
  end },
  { "a browser shows a page through it", function()
    local proxy = start()
    local page = shell(("chromium --headless --no-sandbox --disable-gpu --disable-quic "
      .. "--no-first-run --disable-background-networking --disable-component-update "
      .. "--disable-sync --user-data-dir=$(mktemp -d) --dump-dom http://%s/ 2>/dev/null")
      :format(proxy.addr))
    assert(page:find("Hello world from server 1", 1, true), page)
    return "chromium --dump-dom"
  end },
  { "2 GB arrive whole, downwards", function()
    local proxy, backend = start()
    local sum = "curl -sf http://%s/%s/2g | md5sum"
    local right = shell(sum:format(backend.addr, "bytes"))
    assert(shell(sum:format(proxy.addr, "bytes")) == right)
    assert(shell(sum:format(proxy.addr, "chunked")) == right)
    assert(shell(sum:format(proxy.addr, "until-close")) == right)
    return "md5 " .. right:match("%x+") .. ", with length, in chunks, until close"
  end },
  { "2 GB arrive whole, upwards", function()
    local proxy, backend = start()
    local upload = "curl -sf http://%s/bytes/2g | curl -sf -T - %s http://%s/sum"
    local length = ("-H 'Transfer-Encoding:' -H 'Content-Length: %d'"):format(2 * GIGABYTE)
    local right = shell(upload:format(backend.addr, "", backend.addr))
    assert(shell(upload:format(backend.addr, "", proxy.addr)) == right)
    assert(shell(upload:format(backend.addr, length, proxy.addr)) == right)
    return "length and checksum " .. right:gsub("\n", "") .. ", in chunks and with length"
  end },
  { "10 GB through a slow reader hold less than 1 MB", function()
    local proxy = start()
    proxy:get("/")
    local before = memory(proxy, "VmRSS")
    local client = proxy:connect()
    client:send(kit.request { target = "/bytes/10g" })
    client:read_head()
    read_slowly(client, 10 * GIGABYTE)
    local held = memory(proxy, "VmHWM") - before
    assert(held < 1024, held .. " KB")
    return held .. " KB more than before, at most"
  end },
  { "memory after 200,000 requests is what it was after 1,000", function()
    local proxy = start()
    local command = "ab -q -k -n %d -c 16 http://" .. proxy.addr .. "/"
    shell(command:format(1000))
    local before = memory(proxy, "VmRSS")
    shell(command:format(199000))
    local after = memory(proxy, "VmRSS")
    assert(after - before < 128, ("%d KB, then %d KB"):format(before, after))
    return ("%d KB, then %d KB"):format(before, after)
  end },
  { "1,000 reloads under load cost no request, and memory is what it was after 100", function()
    local proxy = start()
    local clients = load.start(proxy, { clients = 8 })
    reload(proxy, 100)
    local before = memory(proxy, "VmRSS")
    reload(proxy, 900)
    local after = memory(proxy, "VmRSS")
    clients:stop()
    assert(#clients.failed == 0, clients.failed[1])
    assert(after - before < 1024, ("%d KB, then %d KB"):format(before, after))
    return ("%d requests; %d KB, then %d KB"):format(clients.answered, before, after)
  end },
  { "a minute with a backend that is killed every 0.2 s costs no GET, and no POST is done twice",
    function()
      local result = flapping.run(60, { mortal.new(), mortal.new(), mortal.new() })
      assert(#result.failed == 0, #result.failed .. " GETs failed: " .. tostring(result.failed[1]))
      assert(result.twice == 0, result.twice .. " POSTs were done twice")
      return ("%d GETs, %d retries"):format(result.answered, result.retries)
    end },
  { "valgrind finds no leak and no error", function()
    local backend = kit.echo { "--number=1" }
    local script = kit.file(SCRIPT:format(backend.addr), "script.lua")
    local proxy = kit.spawn { "valgrind", "-q", "--leak-check=full", "--show-leak-kinds=all",
      "--errors-for-leak-kinds=all", "--error-exitcode=9", "./luaproxy", script }
    local addr = proxy:wait_line("listening on ([^ ]+)")
    for _, path in ipairs { "/", "/chunked/1m", "/bytes/1m", "/reset", "/short/1k", "/early" } do
      kit.run { "curl", "-s", "-o", "/dev/null", "http://" .. addr .. path }
    end
    shell(("ab -q -k -n 2000 -c 8 http://%s/"):format(addr))
    reload(proxy, 5)
    proxy:signal("sigint")
    local code = proxy:wait_exit()
    assert(code == 0, "exit code " .. tostring(code) .. "\n" .. proxy.output:text("stderr"))
    return "exit code 0"
  end },
}

local passed, failed = 0, 0
for _, promise in ipairs(promises) do
  local ok, result = xpcall(promise[2], debug.traceback)
  pcall(kit.cleanup)
  if ok then passed = passed + 1 else failed = failed + 1 end
  print(("%s  %s: %s"):format(ok and "ok    " or "FAILED", promise[1], result))
  io.stdout:flush()
end
print(("%d passed, %d failed"):format(passed, failed))
os.exit(failed == 0 and 0 or 1)
