-- Every way in which a backend can die under a request: what the client gets, and who else is given
-- the request, for requests that may be repeated and for those that may not, with and without
-- somebody else to ask. Kept-open connections are in kept_open_spec, clients in cut_spec.

local kit = require "spec.support.kit"

-- The first who is left is asked; nobody is known to be down, or put out.
local SCRIPT = [[
  return {
    listen = "127.0.0.1:0", backends = { %s }, health = false, outlier = false,
    timeouts = { connect = 0.2, response = 0.2, stall = 0.3 },
    pick = function(up) return up[1] end,
  }
]]

local GET = { method = "GET" }
local POST = { method = "POST", body = "one euro" }
local PUT = { method = "PUT", body = "a file" }
local CHUNKED = { method = "PUT", body = { "a ", "file" } }
local REQUESTS = {
  ["a GET"] = GET, ["a POST"] = POST, ["a PUT"] = PUT, ["a PUT in chunks"] = CHUNKED,
}

local HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
local HEAD_CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

local function close(conn) conn:close() end
local function reset(conn) conn:reset() end
local function shutdown(conn) conn:shutdown() end
local function hang() end

-- Sends BYTES, then THEN happens.
local function say(bytes, done)
  return function(conn)
    conn:send(bytes)
    done(conn)
  end
end

-- Sends a byte of TEXT now and then, until nobody takes any more.
local function drip(text)
  return function(conn)
    for i = 1, #text do
      if not pcall(conn.send, conn, text:sub(i, i)) then return end
      if not pcall(conn.expect_silence, conn, 0.03) then return end
    end
  end
end

-- A backend that reads a request, and then does DIES.
local function dying(dies)
  return kit.backend { handler = function(_, conn) dies(conn) end }
end

-- One that does DIES with each connection as soon as it is there, whatever comes over it.
local function deadborn(dies)
  local a = { requests = {} }
  a.listener = kit.listener { on_accept = function(conn) dies(conn) end }
  a.addr = a.listener.addr
  return a
end

local function text_of(body)
  return type(body) == "table" and table.concat(body) or body or ""
end

local proxy, a, b

local function start(first, has_other)
  a, b = first, has_other and kit.backend { name = "b" } or nil
  local addrs = ("%q"):format(a.addr) .. (b and (", %q"):format(b.addr) or "")
  proxy = kit.proxy { script = SCRIPT, addrs }
end

-- REQUEST has reached BACKEND, as it was, and only once.
local function assert_has(backend, request)
  assert.equal(1, #backend.requests)
  local seen = backend.requests[1]
  assert.same({ request.method, text_of(request.body) }, { seen.method, seen.body })
end

local function assert_seen_once(request)
  assert_has(a, request)
end

-- The other backend was given REQUEST; or was not even connected to, if that is nil.
local function assert_given(request)
  if request then assert_has(b, request) else assert.equal(0, b and b.connections or 0) end
end

-- Runs RUN(request, has_other) for each kind of request, with and without another backend.
local function each(run)
  for name, request in pairs(REQUESTS) do
    for _, has_other in ipairs { true, false } do
      it(("under %s, %s"):format(name, has_other and "and another is there" or "and is alone"),
        function() run(request, has_other) end)
    end
  end
end

local function assert_failed(status)
  assert.is_true(status == 502 or status == 503, status)
end

local function can_repeat(request)
  return request.method ~= "POST"
end

describe("a backend that dies before it has the request", function()
  after_each(kit.cleanup)

  describe("since nobody listens", function()
    each(function(request, has_other)
      start({ addr = "127.0.0.1:" .. kit.closed_port(), requests = {} }, has_other)
      local status = proxy:request(request).status
      if has_other then assert.equal(200, status) else assert_failed(status) end
      assert_given(has_other and request)
    end)
  end)

  -- Whether the request was under way when the end came is the kernel's business.
  for how, dies in pairs {
    ["by RST as soon as it has accepted"] = reset,
    ["by closing as soon as it has accepted"] = close,
    ["by FIN, before it reads"] = shutdown,
  } do
    describe(how, function()
      each(function(request, has_other)
        start(deadborn(dies), has_other)
        local status = proxy:request(request).status
        if has_other and can_repeat(request) then assert.equal(200, status) end
        if not has_other or status ~= 200 then assert_failed(status) end
        assert_given(status == 200 and request)
      end)
    end)
  end
end)

describe("a backend that dies before it says anything", function()
  after_each(kit.cleanup)

  for how, case in pairs {
    ["by RST"] = { reset, 502 }, ["by closing"] = { close, 502 }, ["by FIN"] = { shutdown, 502 },
    ["of silence"] = { hang, 504 },
  } do
    describe(how, function()
      each(function(request, has_other)
        start(dying(case[1]), has_other)
        local other = has_other and can_repeat(request)
        assert.equal(other and 200 or case[2], proxy:request(request).status)
        assert_seen_once(request)
        assert_given(other and request)
      end)
    end)
  end
end)

describe("a backend that dies when it has said something, but no head", function()
  after_each(kit.cleanup)

  for how, case in pairs {
    ["that is not HTTP"] = { say("220 mail.example.com ESMTP\r\n\r\n", hang), 502 },
    ["that is a stray byte, then RST"] = { say("H", reset), 502 },
    ["that is half a head, then closes"] = { say("HTTP/1.1 200 OK\r\nA: ", close), 502 },
    ["that is half a head, then FIN"] = { say("HTTP/1.1 200 OK\r\nA: ", shutdown), 502 },
    ["that is half a head, then RST"] = { say("HTTP/1.1 200 OK\r\nA: ", reset), 502 },
    ["that is half a head, then silence"] = { say("HTTP/1.1 200 OK\r\nA: ", hang), 504 },
    ["that is ambiguous"] = { say("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n" ..
      "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", hang), 502 },
  } do
    describe(how, function()
      each(function(request, has_other)
        start(dying(case[1]), has_other)
        assert.equal(case[2], proxy:request(request).status)
        assert_seen_once(request)
        assert_given(nil)
      end)
    end)
  end
end)

describe("a backend that drips its head", function()
  after_each(kit.cleanup)

  each(function(request, has_other)
    start(dying(drip("HTTP/1.1 200 OK\r\nServer: " .. ("x"):rep(200))), has_other)
    local began = kit.now()
    assert.equal(504, proxy:request(request).status)
    local took = kit.now() - began
    assert.is_true(took > 0.19 and took < 1.2, "it has all in all 0.2 s; it took " .. took)
    assert_given(nil)
  end)

  it("may do so with many 1xx: they give it no more time", function()
    start(dying(drip(("HTTP/1.1 103 x\r\n\r\n"):rep(12))), true)
    local client, began = proxy:connect(), kit.now()
    client:send(kit.request(GET))
    local response = client:read_message()
    while response.status == 103 do response = client:read_message() end
    assert.equal(504, response.status)
    assert.is_true(kit.now() - began < 1.2)
    assert_given(nil)
  end)
end)

describe("a backend that dies behind a 1xx which was passed on", function()
  after_each(kit.cleanup)

  for how, case in pairs {
    ["by RST"] = { reset, 502 }, ["by closing"] = { close, 502 }, ["of silence"] = { hang, 504 },
  } do
    describe(how, function()
      each(function(request, has_other)
        local client
        -- What is not read yet is lost with a reset.
        start(dying(function(conn)
          conn:send "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
          kit.until_true(function() return #client:buffered() > 0 end)
          case[1](conn)
        end), has_other)
        client = proxy:connect()
        client:send(kit.request(request))
        assert.equal(103, client:read_message().status)
        assert.equal(case[2], client:read_message().status)
        assert_seen_once(request)
        assert_given(nil)
      end)
    end)
  end
end)

describe("a backend that dies in its response", function()
  after_each(kit.cleanup)

  for how, case in pairs {
    ["with a length, by closing"] = { HEAD, "hello", close },
    ["with a length, by FIN"] = { HEAD, "hello", shutdown },
    ["with a length, by RST"] = { HEAD, "hello", reset },
    ["with a length, of silence"] = { HEAD, "hello", hang },
    ["in chunks, by closing"] = { HEAD_CHUNKED, "5\r\nhello\r\n", close },
    ["in chunks, by FIN"] = { HEAD_CHUNKED, "5\r\nhello\r\n", shutdown },
    ["in chunks, by RST"] = { HEAD_CHUNKED, "5\r\nhello\r\n", reset },
    ["in chunks, of silence"] = { HEAD_CHUNKED, "5\r\nhello\r\n", hang },
    ["without framing, by RST"] = { "HTTP/1.1 200 OK\r\n\r\n", "5\r\nhello\r\n", reset, "hello" },
  } do
    local head, body, dies, said = table.unpack(case)
    describe(how .. ", cuts it: the client can tell", function()
      each(function(request, has_other)
        local client
        start(dying(function(conn)
          conn:send(head .. (said or body))
          kit.until_true(function() return client:buffered():find("hello", 1, true) end)
          dies(conn)
        end), has_other)
        client = proxy:connect()
        client:send(kit.request(request))
        assert.equal(200, client:read_head().status)
        client:expect(body)
        client:expect_closed()
        assert_seen_once(request)
        assert_given(nil)
      end)
    end)
  end
end)

describe("a backend that drips its body", function()
  after_each(kit.cleanup)

  it("is heard to the end, and nobody else is asked", function()
    start(dying(say(HEAD, drip "0123456789")), true)
    assert.equal("0123456789", proxy:request(GET).body)
    assert_given(nil)
  end)

  it("and dies before its end is cut", function()
    start(dying(say(HEAD, function(conn)
      drip "01234"(conn)
      conn:close()
    end)), true)
    local client = proxy:connect()
    client:send(kit.request(GET))
    client:read_head()
    client:expect "01234"
    client:expect_closed()
    assert_given(nil)
  end)
end)

describe("a backend that ends its half of the connection", function()
  after_each(kit.cleanup)

  each(function(request, has_other)
    start(dying(say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", shutdown)), has_other)
    assert.equal("ok", proxy:request(request).body)
    assert_seen_once(request)
    assert_given(nil)
  end)

  it("behind a body that only that ends has answered", function()
    start(dying(say("HTTP/1.1 200 OK\r\n\r\nok", shutdown)), true)
    assert.equal("ok", proxy:request(GET).body)
    assert_given(nil)
  end)
end)

describe("a backend that answers before it has the body", function()
  after_each(kit.cleanup)

  local LENGTH = " / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello"
  local PIECES = " / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
  local ENDS = { ["and closes"] = close, ["and resets"] = reset, ["and goes on"] = hang }

  for what, head in pairs {
    ["a POST"] = "POST" .. LENGTH, ["a PUT"] = "PUT" .. LENGTH,
    ["a PUT in chunks"] = "PUT" .. PIECES,
  } do
    for how, dies in pairs(ENDS) do
      it(("of %s, %s, is passed on, and nobody else is asked"):format(what, how), function()
        start(kit.listener(), true)
        local client = proxy:connect()
        client:send(head)
        local conn = a:accept()
        conn:read_until "hello"
        conn:send "HTTP/1.1 413 x\r\nContent-Length: 2\r\n\r\nno"
        kit.until_true(function() return client:buffered():find("no", 1, true) end)
        dies(conn)
        local response = client:read_message()
        assert.same({ 413, "no" }, { response.status, response.body })
        client:expect_closed()
        assert_given(nil)
      end)
    end
  end
end)

describe("a backend that dies under a body which is on its way", function()
  local client, first, second

  before_each(function()
    a, b = kit.listener(), kit.listener()
    proxy = kit.proxy { script = SCRIPT, ("%q, %q"):format(a.addr, b.addr) }
    client = proxy:connect()
  end)
  after_each(kit.cleanup)

  for framing, case in pairs {
    ["with a length"] = { "Content-Length: 10\r\n\r\nhello", "world" },
    ["in chunks"] = { "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
      "5\r\nworld\r\n0\r\n\r\n" },
  } do
    it("is followed by one that gets all of it, " .. framing, function()
      client:send("PUT / HTTP/1.1\r\nHost: x\r\n" .. case[1])
      first = a:accept()
      first:read_until "hello"
      first:reset()
      second = b:accept()
      local head = second:read_head()
      client:send(case[2])
      assert.equal("helloworld", second:read_body(head).body)
      second:send(kit.response { body = "stored" })
      assert.equal("stored", client:read_message().body)
      client:send(kit.request { target = "/next" })        -- the client can go on
      first = a:accept()
      assert.equal("/next", first:read_message().target)
    end)

    it("costs a POST, " .. framing, function()
      client:send("POST / HTTP/1.1\r\nHost: x\r\n" .. case[1])
      first = a:accept()
      first:read_until "hello"
      first:reset()
      assert.equal(502, client:read_message().status)
      client:expect_closed()
      assert.equal(0, b:pending())
    end)
  end

  it("before it has said 100 is followed by one that says it", function()
    client:send "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    a:accept():reset()
    second = b:accept()
    local head = second:read_head()
    assert.equal("100-continue", head.fields.expect)
    second:send "HTTP/1.1 100 Continue\r\n\r\n"
    assert.equal(100, client:read_message().status)
    client:send "hello"
    assert.equal("hello", second:read_body(head).body)
    second:send(kit.response { body = "stored" })
    assert.equal("stored", client:read_message().body)
  end)

  it("after it has said 100 is the last", function()
    client:send "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    first = a:accept()
    first:read_head()
    first:send "HTTP/1.1 100 Continue\r\n\r\n"
    assert.equal(100, client:read_message().status)
    client:send "hello"
    first:expect "hello"
    first:reset()
    assert.equal(502, client:read_message().status)
    assert.equal(0, b:pending())
  end)
end)
