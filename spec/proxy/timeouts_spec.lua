-- Every phase has its deadline: who is late loses what he was late with, and nothing else.

local kit = require "spec.support.kit"

local SCRIPT = [[
  return {
    listen = "127.0.0.1:0", backends = { "%s" }, health = false,
    timeouts = { %s }, limits = { %s },
  }
]]

local GET = kit.request {}
local CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

local backend, proxy, client

-- A proxy with these timeouts, and limits, and a client that is connected to it.
local function start(timeouts, before, limits)
  backend = before or kit.listener()
  proxy = kit.proxy { script = SCRIPT, backend, timeouts, limits or "" }
  client = proxy:connect()
end

-- Sends a request, and returns the backend's connection when its head has come there.
local function ask(request)
  client:send(request)
  local conn = backend:accept()
  conn:read_head()
  return conn
end

-- Runs WAIT, which must take at least SECONDS, and not much longer.
local function assert_takes(seconds, wait)
  local began = kit.now()
  wait()
  local took = kit.now() - began
  assert.is_true(took > seconds - 0.01 and took < seconds + 1, took .. " s")
end

-- Lets some time pass in which nothing may happen.
local function pass_time(seconds)
  client:expect_silence(seconds)
end

describe("timeouts.idle", function()
  after_each(kit.cleanup)

  it("closes a connection on which nothing ever came", function()
    start "idle = 0.1"
    assert_takes(0.1, function() client:expect_eof() end)
    proxy:stop()
    assert.equal(0, #proxy:lines "access")
  end)

  it("closes a connection on which no further request comes", function()
    start "idle = 0.1"
    local conn = ask(GET)
    pass_time(0.15)                            -- not while a request is being answered
    conn:send(kit.response { body = "x" })
    assert.equal("x", client:read_message().body)
    assert_takes(0.1, function() client:expect_eof() end)
  end)

  it("begins anew with each request", function()
    start("idle = 0.2", kit.backend { name = "a" })
    for _ = 1, 4 do
      client:send(GET)
      assert.equal("a", client:read_message().body)
      pass_time(0.08)
    end
  end)
end)

describe("timeouts.head", function()
  after_each(kit.cleanup)

  it("refuses a head that does not end, with 408", function()
    start "head = 0.1"
    client:send "GET / HTTP/1.1\r\nHost: x\r\n"
    local response
    assert_takes(0.1, function() response = client:read_message() end)
    assert.same({ 408, "close" }, { response.status, response.fields.connection })
    client:expect_eof()
    proxy:wait_line "info +refused 127.0.0.1:%d+: 408, head too late"
    assert.equal(0, backend:pending())
  end)

  it("counts from the first byte to the last, not from byte to byte", function()
    start "head = 0.2"
    assert_takes(0.2, function()
      repeat
        client:send "a"
      until not pcall(client.expect_silence, client, 0.02)
    end)
    assert.equal(408, client:read_head().status)
  end)

  it("counts anew for each request of a connection, and so for drips behind an answer", function()
    start("head = 0.3", kit.backend { name = "a" })
    for _ = 1, 2 do
      client:send(GET:sub(1, -2))
      pass_time(0.2)
      client:send(GET:sub(-1))
      assert.equal("a", client:read_message().body)
    end
    assert_takes(0.3, function()
      repeat
        client:send "a"
      until not pcall(client.expect_silence, client, 0.02)
    end)
    assert.equal(408, client:read_head().status)
  end)

  it("does not count the time before the first byte", function()
    start("head = 0.1, idle = 10", kit.backend { name = "a" })
    pass_time(0.15)
    client:send(GET)
    assert.equal("a", client:read_message().body)
  end)
end)

describe("timeouts.connect", function()
  after_each(kit.cleanup)

  it("gives up a backend that does not accept, with 504", function()
    start("connect = 0.1", kit.deaf_listener())
    client:send(GET)
    local response
    assert_takes(0.1, function() response = client:read_message() end)
    assert.equal(504, response.status)
    assert.is_nil(response.fields.connection)      -- the client can go on
  end)
end)

describe("timeouts.response", function()
  after_each(kit.cleanup)

  it("gives up a backend that does not answer, with 504", function()
    start "response = 0.1"
    local conn = ask(GET)
    local response
    assert_takes(0.1, function() response = client:read_message() end)
    assert.equal(504, response.status)
    conn:expect_closed()
  end)

  it("gives up a backend whose head does not end", function()
    start "response = 0.2"
    local conn = ask(GET)
    conn:post "HTTP/1.1 200 OK\r\nX: "
    assert_takes(0.2, function() assert.equal(504, client:read_message().status) end)
  end)

  it("counts from the end of the request", function()
    start "response = 0.2, stall = 10"
    local conn = ask "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"
    pass_time(0.3)
    client:send "0\r\n\r\n"
    conn:expect "1\r\na\r\n0\r\n\r\n"
    pass_time(0.1)
    conn:send(kit.response { body = "in time" })
    assert.equal("in time", client:read_message().body)
  end)

  it("is over when the head has come", function()
    start "response = 0.1, stall = 10"
    local conn = ask(GET)
    conn:send(CHUNKED)
    client:read_head()
    pass_time(0.2)
    conn:send "1\r\na\r\n0\r\n\r\n"
    client:expect "1\r\na\r\n0\r\n\r\n"
  end)
end)

describe("timeouts.stall", function()
  after_each(kit.cleanup)

  it("cuts a response that does not go on", function()
    start "stall = 0.1"
    local conn = ask(GET)
    conn:send(CHUNKED .. "1\r\na\r\n")
    client:read_until "a\r\n"
    assert_takes(0.1, function() client:expect_closed() end)
    conn:expect_closed()
    proxy:wait_line "timed out, response cut short"
    proxy:wait_line "access .* cut$"
  end)

  it("refuses a request that does not go on, with 408", function()
    start "stall = 0.1, response = 10"
    local conn = ask "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello"
    local response
    assert_takes(0.1, function() response = client:read_message() end)
    assert.same({ 408, "close" }, { response.status, response.fields.connection })
    conn:expect "hello"
    conn:expect_closed()
    proxy:wait_line "info +refused 127.0.0.1:%d+: 408, body too late"
  end)

  it("lets a response go on that moves, however slowly", function()
    start "stall = 0.2"
    local conn = ask(GET)
    conn:send(CHUNKED)
    client:read_head()
    for _ = 1, 5 do
      conn:send "1\r\na\r\n"
      client:expect "1\r\na\r\n"
      pass_time(0.08)
    end
  end)

  it("lets a request go on that moves, however slowly", function()
    start("stall = 0.2, response = 0.2", nil, "body_rate = 0")
    local conn = ask "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    for _ = 1, 5 do
      client:send "1\r\na\r\n"
      conn:expect "1\r\na\r\n"
      pass_time(0.08)
    end
  end)

  it("cuts a client that does not read, and blames nobody else", function()
    start "stall = 0.5"
    client = proxy:connect { receive_buffer = 4096, paused = true }
    local conn = ask(GET)
    conn:send "HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n"
    conn:post(("x"):rep(10000000))
    conn:expect_closed()
    proxy:wait_line "access .* cut$"
    proxy:wait_line "info +cut 127.0.0.1:%d+: response not taken$"
    assert.equal(0, #proxy:lines("backend " .. backend.addr))
  end)
end)
