-- How it runs: what it says, and how it ends.

local kit = require "spec.support.kit"
local uv = require "spec.support.uv"

local SCRIPT = [[
  return {
    listen = "127.0.0.1:0", backends = { "%s" }, health = false, log = { access = %s },
    timeouts = { drain = %s, idle = 30 },
  }
]]

local TIME = "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ "
local GET = kit.request {}

local backend, proxy

local function start(drain)
  backend = kit.listener()
  proxy = kit.proxy { script = SCRIPT, backend, "true", drain or 10 }
end

-- A client with a request that has reached the backend, and the backend's connection.
local function ask()
  local client = proxy:connect()
  client:send(GET)
  local conn = backend:accept()
  conn:read_message()
  return client, conn
end

describe("the log", function()
  after_each(kit.cleanup)

  it("has a line an event, with time and level", function()
    proxy = kit.proxy { script = SCRIPT, kit.backend { name = "a" }, "true", 1 }
    proxy:get "/"
    proxy:stop()
    local levels = {}
    for i, line in ipairs(proxy:lines()) do levels[i] = line:match(TIME .. "(%l+) +%g") end
    assert.same({ "info", "access", "info", "info" }, levels)
    proxy:wait_line "info +listening on 127.0.0.1:%d+$"
    proxy:wait_line "info +draining: %d connections$"
    proxy:wait_line("info +stopped: 1 requests, 1 connections, 0 refused requests, " ..
      "0 queued requests, 0 retries, 0 retries not granted, 0 ejections, 0 policy errors, " ..
      "0 route errors, 0 hook errors$")
  end)

  it("has a line a request: who, what, how it ended, by whom, and how long it took", function()
    local a = kit.backend { status = 404, body = "12345" }
    proxy = kit.proxy { script = SCRIPT, a, "true", 1 }
    local client = proxy:connect()
    client:send(kit.request { target = '/a"b?c' })
    client:read_message()
    local who, bytes, by, first, total = proxy:wait_line([[access (%g+) ]] ..
      [["GET /a'b%?c HTTP/1.1" 404 (%d+) (%g+) tries=1 first=([%d.]+) total=([%d.]+)$]])
    assert.same({ "127.0.0.1:" .. client.local_port, "5", a.addr }, { who, bytes, by })
    assert.is_true(tonumber(first) <= tonumber(total) and tonumber(total) < 1)
  end)

  it("tells how it ended behind the longest method and a target of any length", function()
    proxy = kit.proxy { script = SCRIPT, kit.backend { name = "a" }, "true", 1 }
    proxy:request { method = ("M"):rep(32), target = "/" .. ("t"):rep(9000) }
    local method, target = proxy:wait_line(
      'access %g+ "(M+)[^ ]* (/t+)[^ ]* HTTP/1.1" 200 1 %g+ tries=1 first=[%d.]+ total=[%d.]+$')
    assert.is_true(#method == 32 and #target >= 1000)
  end)

  it("has a line for a request that was refused, with the reason", function()
    start()
    local client = proxy:connect()
    client:send "GET / HTTP/1.1\r\n\r\n"
    client:read_message()
    proxy:wait_line "info +refused 127.0.0.1:%d+: 400, "
    proxy:wait_line 'access .* 400 %d+ %- tries=0 '
  end)

  it("leaves requests out if the script says so", function()
    proxy = kit.proxy { script = SCRIPT, kit.backend(), "false", 1 }
    proxy:get "/"
    proxy:stop()
    assert.equal(0, #proxy:lines "access")
    assert.equal(1, #proxy:lines "stopped: 1 requests")
  end)

  for _, case in ipairs {
    { "error" },
    { "warn", "warn" },
    { "info", "info", "info", "warn", "info", "info" },
    { "access", "info", "info", "warn", "access", "info", "info" },
  } do
    local level, expected = case[1], { table.unpack(case, 2) }
    it("says no more than --log-level=" .. level .. " allows", function()
      local port = kit.closed_port()
      proxy = kit.proxy { listeners = 0, options = { "--log-level=" .. level }, port, script = [[
        return { listen = "127.0.0.1:%d", backends = { "127.0.0.1:1" }, health = false,
          pick = function() print "hello" error "odd" end }
      ]] }
      proxy.addr = "127.0.0.1:" .. port
      kit.until_true(function() return pcall(proxy.connect, proxy) end)
      assert.equal(503, proxy:get("/").status)
      proxy:stop()
      local levels = {}
      for _, line in ipairs(proxy:lines()) do
        local level_of_line = line:match(TIME .. "(%l+)")
        if not line:find "connection refused" then levels[#levels + 1] = level_of_line end
      end
      assert.same(expected, levels)
    end)
  end

  it("may have no reader any more", function()
    local fifo = kit.file("", "log") .. ".fifo"
    local a = kit.backend { name = "a" }
    local script = kit.file(SCRIPT:format(a.addr, "true", 1), "script.lua")
    proxy = kit.proxy { bin = "sh", options = { "-c", [[
      mkfifo "$1"
      { head -n 1 "$1"; echo closed; } &
      exec "$2" "$3" 2>"$1"
    ]], "sh", fifo, os.getenv "LUAPROXY" or "./luaproxy", script } }
    proxy:wait_line "^closed"
    for _ = 1, 20 do assert.equal("a", proxy:get("/").body) end
    assert.equal(0, proxy:stop())
  end)
end)

describe("a start without standard input, output or error", function()
  after_each(kit.cleanup)

  for _, case in ipairs { { "2>&-", 2 }, { "0<&- 2>&-", 0, 2 }, { "0<&- 1>&- 2>&-", 0, 1, 2 } } do
    local closed, numbers = case[1], { table.unpack(case, 2) }
    it("serves, and gives the numbers to nobody: " .. closed, function()
      local addr = "127.0.0.1:" .. kit.closed_port()
      local a = kit.backend { name = "a" }
      local text = SCRIPT:gsub("127.0.0.1:0", addr):format(a.addr, "true", 1)
      local script = kit.file(text, "script.lua")
      proxy = kit.proxy { bin = "sh", listeners = 0, options = { "-c",
        'exec "$1" "$2" ' .. closed, "sh", os.getenv "LUAPROXY" or "./luaproxy", script } }
      proxy.addr = addr
      kit.until_true(function() return pcall(proxy.connect, proxy) end)
      for _ = 1, 20 do assert.equal("a", proxy:get("/").body) end
      for _, number in ipairs(numbers) do
        assert.equal("/dev/null", uv.fs_readlink(("/proc/%d/fd/%d"):format(proxy.pid, number)))
      end
      assert.equal(0, proxy:stop())
    end)
  end
end)

describe("SIGTERM", function()
  after_each(kit.cleanup)

  it("ends at once when nobody is there", function()
    start()
    assert.same({ 0 }, { proxy:stop(1) })
  end)

  it("lets requests finish that are in flight, and tells their clients to go", function()
    start()
    local client, conn = ask()
    proxy:signal "sigterm"
    proxy:wait_line "draining: 1 connections"
    conn:send "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"
    local head = client:read_head()
    assert.equal("close", head.fields.connection)
    conn:send "llo"
    assert.equal("hello", client:read_body(head).body)
    client:expect_eof()
    assert.same({ 0 }, { proxy:wait_exit() })
    assert.equal(0, #proxy:lines " cut")
  end)

  it("lets a response finish that has begun, and closes then", function()
    start()
    local client, conn = ask()
    conn:send "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"
    local head = client:read_head()
    proxy:signal "sigterm"
    proxy:wait_line "draining"
    conn:send "llo"
    assert.equal("hello", client:read_body(head).body)
    client:expect_eof()
    assert.same({ 0 }, { proxy:wait_exit() })
  end)

  it("lets a request finish that has just begun", function()
    start()
    local client = proxy:connect()
    client:send "GET / HTTP/1.1\r\nHo"
    local other = proxy:connect()      -- is answered after it: so the first half has come
    other:send "x\r\n\r\n"
    assert.equal(400, other:read_message().status)
    other:close()
    proxy:signal "sigterm"
    proxy:wait_line "draining"
    client:send "st: x\r\n\r\n"
    local conn = backend:accept()
    conn:read_message()
    conn:send(kit.response { body = "last" })
    assert.equal("last", client:read_message().body)
    assert.same({ 0 }, { proxy:wait_exit() })
  end)

  it("closes connections without a request, and accepts no more", function()
    start()
    local busy, conn = ask()
    local idle = proxy:connect()
    local used = proxy:connect()
    used:send(GET)
    local other = backend:accept()
    other:read_message()
    other:send(kit.response { body = "x" })
    used:read_message()
    proxy:signal "sigterm"
    idle:expect_eof()
    used:expect_eof()
    assert.error_matches(function() proxy:connect() end, "ECONNREFUSED")
    conn:send(kit.response { body = "y" })
    busy:read_message()
    assert.same({ 0 }, { proxy:wait_exit() })
  end)

  it("waits no longer than timeouts.drain", function()
    start(0.2)
    local client = ask()
    local began = kit.now()
    assert.same({ 0 }, { proxy:stop() })
    assert.is_true(kit.now() - began > 0.18)
    client:expect_closed()
    proxy:wait_line "warn +timeouts.drain is over: 1 connections are cut"
  end)

  it("may come twice", function()
    start()
    local client, conn = ask()
    proxy:signal "sigterm"
    proxy:wait_line "draining"
    proxy:signal "sigterm"
    conn:send(kit.response { body = "y" })
    assert.equal("y", client:read_message().body)
    assert.same({ 0 }, { proxy:wait_exit() })
    assert.equal(1, #proxy:lines "draining")
  end)
end)

describe("SIGINT", function()
  after_each(kit.cleanup)

  it("stops now, whatever is in flight, even when it is draining", function()
    for _, signals in ipairs { { "sigint" }, { "sigterm", "sigint" } } do
      start()
      local client = ask()
      for _, signal in ipairs(signals) do proxy:signal(signal) end
      assert.same({ 0 }, { proxy:wait_exit(1) })
      client:expect_closed()
      proxy:wait_line "stopped: "
    end
  end)

  it("resets a client who would take the end of the connection for the end of the body", function()
    start()
    local client = proxy:connect()
    client:send(kit.request { version = "HTTP/1.0" })
    local conn = backend:accept()
    conn:read_message()
    conn:send "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
    client:read_until "hello"
    proxy:signal "sigint"
    client:expect_reset()
  end)
end)
