-- What breaks off in the middle: a response whose backend goes, and clients that go. The client
-- must be able to tell, and nothing is kept that is not sound.

local kit = require "spec.support.kit"

local SCRIPT = [[
  return {
    listen = "127.0.0.1:0", backends = { "%s" }, health = false,
    pick = function(up) print("inflight " .. up[1].inflight) return up[1] end,
  }
]]

local LENGTH = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"
local CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
local UNTIL_CLOSE = "HTTP/1.1 200 OK\r\n\r\nhello"

local GET, OLD_GET = kit.request {}, kit.request { version = "HTTP/1.0" }

local function close(conn) conn:close() end
local function reset(conn) conn:reset() end
local function talk_nonsense(conn) conn:send "zz\r\n" end

local backend, proxy

local function start()
  backend = kit.listener()
  proxy = kit.proxy { script = SCRIPT, backend }
end

-- A client that has asked, and the backend's connection, on which the request has come.
local function ask(request, options)
  local client = proxy:connect(options)
  client:send(request)
  local conn = backend:accept()
  return client, conn, conn:read_head()
end

-- The next request is served, over the connection KEPT or a new one; nothing counts that is over.
local function assert_sound(kept)
  local client = proxy:connect()
  client:send(GET)
  local conn = kept or backend:accept()
  conn:read_head()
  conn:send(kit.response { body = "sound" })
  assert.equal("sound", client:read_message().body)
  assert.same({}, proxy:lines "inflight [^0]")
end

describe("a response cut short", function()
  before_each(start)
  after_each(kit.cleanup)

  for _, case in ipairs {
    { "with a length, closed", GET, LENGTH, close, "hello" },
    { "with a length, reset", GET, LENGTH, reset, "hello" },
    { "with a length, to HTTP/1.0", OLD_GET, LENGTH, close, "hello" },
    { "in chunks, closed", GET, CHUNKED, close, "5\r\nhello\r\n" },
    { "in chunks, reset", GET, CHUNKED, reset, "5\r\nhello\r\n" },
    { "in chunks, by a bad one", GET, CHUNKED, talk_nonsense, "5\r\nhello\r\n" },
    { "without framing, reset", GET, UNTIL_CLOSE, reset, "5\r\nhello\r\n" },
    { "in chunks, to HTTP/1.0", OLD_GET, CHUNKED, close, "hello", "reset" },
    { "without framing, to HTTP/1.0", OLD_GET, UNTIL_CLOSE, reset, "hello", "reset" },
  } do
    local name, request, bytes, breaks, body, ending = table.unpack(case)
    it(name .. ", ends the client's connection without an end of the body", function()
      local client, conn = ask(request)
      conn:send(bytes)
      assert.equal(200, client:read_head().status)
      client:expect(body)
      breaks(conn)
      assert.is_true((client:expect_closed()) == (ending or "eof"))
      proxy:wait_line("warn +backend " .. backend.addr .. ": .*, response cut short")
      proxy:wait_line 'access .* 200 5 .* cut$'
      assert_sound()
    end)
  end

  it("is not passed on to the next request of the client", function()
    local client, conn = ask(GET .. kit.request { target = "/next" })
    conn:send(LENGTH)
    client:read_head()
    client:expect "hello"
    conn:close()
    client:expect_closed()
    assert.equal(0, backend:pending())
  end)

  it("behind a 1xx that was passed on is not retried: 502", function()
    local client, conn = ask(kit.request { fields = { Connection = "close" } })
    conn:send "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    assert.equal(103, client:read_head().status)
    conn:close()
    assert.equal(502, client:read_message().status)
    assert.equal(0, backend:pending())
  end)
end)

describe("a client that goes", function()
  before_each(start)
  after_each(kit.cleanup)

  it("while it waits is followed by the backend's connection", function()
    local client, conn = ask(GET)
    client:reset()
    conn:expect_closed()
    proxy:wait_line 'access .*GET / HTTP/1.1" 499 0 '
    assert_sound()
  end)

  it("during the response is followed by the backend's connection", function()
    local client, conn = ask(GET)
    conn:send(CHUNKED)
    client:read_until "hello"
    client:reset()
    conn:expect_closed()
    proxy:wait_line 'access .* 499 5 .* cut$'
    assert_sound()
  end)

  it("without a word during the response is found out by writing to it", function()
    local client, conn = ask(GET)
    conn:send(CHUNKED)
    client:read_until "hello"
    client:close()
    kit.until_true(function()
      if conn.inbox.ended then return true end
      conn:post "1\r\nx\r\n"
    end, "the end of the backend's connection")
    proxy:wait_line 'access .* 499 '
    assert_sound()
  end)

  for _, go in ipairs { close, reset } do
    local how = go == close and "by FIN" or "by RST"
    it("within the body of its request, " .. how .. ", never has it completed", function()
      local client, conn, head = ask "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello"
      assert.equal("10", head.fields["content-length"])
      conn:expect "hello"
      go(client)
      conn:expect_closed()
      assert_sound()
    end)
  end

  it("while a connection is made is not followed by a request", function()
    local silent = kit.deaf_listener()
    local late = kit.proxy { script = SCRIPT, silent }
    local client = late:connect()
    client:send(GET)
    late:wait_line "inflight 0"
    client:reset()
    late:wait_line 'access .* 499 '
  end)

  it("only half, having said all it has to say, is answered", function()
    local client, conn = ask(GET)
    client:shutdown()
    conn:send(kit.response { body = "answer" })
    assert.equal("answer", client:read_message().body)
    client:expect_eof()
    assert_sound(conn)
  end)

  it("before it has said anything costs nothing", function()
    proxy:connect():close()
    proxy:connect():reset()
    assert_sound()
    proxy:stop()
    assert.equal(1, #proxy:lines "access")
  end)
end)
