-- The PROXY header: connections that speak for somebody else, in and out.

local kit = require "spec.support.kit"
local wire = require "spec.support.wire"

local GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
local OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
local SIGNATURE = "\r\n\r\n\0\r\nQUIT\n"
local TCP4 = "PROXY TCP4 192.0.2.1 198.51.100.7 40312 443\r\n"
local BLOCK4 = SIGNATURE .. "\x21\x11\0\x0c\xc0\0\2\1\xc6\x33\x64\7\x9d\x78\1\xbb"

local SCRIPT = [[
  return { listen = { "127.0.0.1:0", accept_proxy = true }, backends = { "%%s" }, health = false,
    trusted = "%s", timeouts = { head = %g } }
]]

describe("from who is trusted, a connection", function()
  local backend, proxy

  local function start(trusted, head)
    backend = kit.backend { name = "a" }
    proxy = kit.proxy { script = SCRIPT:format(trusted or "127.0.0.0/8", head or 10), backend }
  end

  -- Who the backend is told has asked, over a connection that begins with these bytes.
  local function told_after(...)
    local client = proxy:connect()
    for _, bytes in ipairs { ... } do client:send(bytes) end
    assert.equal("a", client:read_message().body)
    return backend:wait_request(#backend.requests).fields["x-forwarded-for"], client
  end

  local function assert_closed(bytes, why)
    local client = proxy:connect()
    client:send(bytes)
    assert.equal("", client:read_all())
    proxy:wait_line("info +refused 127%.0%.0%.1:%d+: " .. why)
  end

  after_each(kit.cleanup)

  it("is one of whom its header says it is, in text", function()
    start()
    assert.equal("192.0.2.1", told_after(TCP4 .. GET))
    proxy:wait_line 'access 192%.0%.2%.1:40312 "GET / HTTP/1.1" 200 '
    assert.equal("2001:db8::1", told_after("PROXY TCP6 2001:db8::1 ::1 1 65535\r\n" .. GET))
    proxy:wait_line 'access %[2001:db8::1%]:1 "GET / HTTP/1.1" 200 '
  end)

  it("is one of whom its header says it is, in bytes", function()
    start()
    assert.equal("192.0.2.1", told_after(BLOCK4 .. GET))
    proxy:wait_line 'access 192%.0%.2%.1:40312 "GET / HTTP/1.1" 200 '
  end)

  it("is so for all its requests", function()
    start()
    local told, client = told_after(TCP4 .. GET)
    assert.equal("192.0.2.1", told)
    client:send(GET)
    assert.equal(200, client:read_message().status)
    assert.equal("192.0.2.1", backend:wait_request(2).fields["x-forwarded-for"])
  end)

  it("may bring its header in pieces", function()
    start()
    for _, header in ipairs { TCP4, BLOCK4 } do
      local pieces = {}
      for i = 1, #header do pieces[i] = header:sub(i, i) end
      pieces[#pieces + 1] = GET
      assert.equal("192.0.2.1", told_after(table.unpack(pieces)))
    end
  end)

  it("may speak for itself", function()
    start()
    assert.equal("127.0.0.1", told_after("PROXY UNKNOWN\r\n" .. GET))
    assert.equal("127.0.0.1", told_after(SIGNATURE .. "\x20\0\0\0" .. GET))
  end)

  it("must have a header, and a right one", function()
    start()
    assert_closed(GET, "no PROXY header")
    assert_closed("PROXY TCP4 192.0.2.1 198.51.100.7 40312 99999\r\n" .. GET, "bad PROXY header")
    assert_closed(SIGNATURE .. "\x21\x12\0\x0c............" .. GET, "bad PROXY header")
    assert_closed("PROXY UNKNOWN " .. ("x"):rep(200), "PROXY header too long")
    assert.equal(0, #backend.requests)
    assert.equal("192.0.2.1", told_after(TCP4 .. GET))
  end)

  it("has one header", function()
    start()
    local client = proxy:connect()
    client:send(TCP4 .. TCP4 .. GET)
    assert.equal(400, client:read_message().status)
    client:expect_eof()
    assert.equal(0, #backend.requests)
  end)

  it("is closed when it ends before its header does, or takes too long over it", function()
    start("127.0.0.1", 0.1)
    local client = proxy:connect()
    client:send(TCP4:sub(1, 20))
    assert.equal("", client:read_all())
    proxy:wait_line "refused 127%.0%.0%.1:%d+: PROXY header too late"
    client = proxy:connect()
    client:send(TCP4:sub(1, 20))
    client:shutdown()
    assert.equal("", client:read_all())
    proxy:wait_line "refused 127%.0%.0%.1:%d+: no PROXY header"
  end)

  it("does not keep the proxy from ending before it has said anything", function()
    start("127.0.0.0/8", 3600)
    local silent, speaking = proxy:connect(), proxy:connect()
    speaking:send(TCP4:sub(1, 9))
    assert.equal("192.0.2.1", told_after(TCP4 .. GET)) -- all that was said before has come
    proxy:signal "sigterm"
    assert.equal("", silent:read_all())
    speaking:send(TCP4:sub(10) .. GET)
    assert.equal(200, speaking:read_message().status)
    assert.equal(0, proxy:wait_exit())
    assert.same({}, proxy:lines "no PROXY header")
  end)

  it("speaks for nobody if it comes from somebody else", function()
    start("10.0.0.0/8")
    local client = proxy:connect()
    client:send(TCP4 .. GET)
    assert.equal(400, client:read_message().status)
    assert.equal("127.0.0.1", told_after(GET))
  end)

  it("speaks for nobody where that is not accepted", function()
    local line = wire.new 'trusted = "127.0.0.1"'
    line:send(TCP4 .. GET)
    assert.equal(400, line.client:read_message().status)
    line.client:expect_eof()
    line:probe()
  end)

  it("needs a header as soon as a script that is loaded anew says so", function()
    backend = kit.backend { name = "a" }
    local port = kit.closed_port()
    local at = ('"127.0.0.1:%d"'):format(port)
    local script = [[return { listen = %s, backends = { "%s" }, health = false,
      trusted = "127.0.0.1" }]]
    proxy = kit.proxy { script = script, at, backend }
    assert.equal("127.0.0.1", told_after(GET))
    proxy:rewrite(script, ("{ %s, accept_proxy = true }"):format(at), backend)
    proxy:signal "sighup"
    proxy:wait_line "info +loaded .*script.lua anew$"
    assert.equal("192.0.2.1", told_after(TCP4 .. GET))
    assert_closed(GET, "no PROXY header")
  end)
end)

describe("a backend that is told with a PROXY header", function()
  local line

  local function start(version, more)
    line = wire.new(('send_proxy = "%s", %s'):format(version, more or ""))
  end

  -- The header and the request that the next connection to the backend brings, and that connection.
  local function accept(header)
    local server = line.backend:accept()
    local got = server:read(#header)
    return got, server
  end

  -- What is to be told of the client's connection, in text.
  local function text_of(client)
    local from = client.handle:getsockname()
    local at = client.handle:getpeername()
    return ("PROXY TCP4 127.0.0.1 127.0.0.1 %d %d\r\n"):format(from.port, at.port)
  end

  local function block_of(client)
    local from = client.handle:getsockname()
    local at = client.handle:getpeername()
    return SIGNATURE .. "\x21\x11\0\x0c\127\0\0\1\127\0\0\1" ..
      string.pack(">I2I2", from.port, at.port)
  end

  after_each(kit.cleanup)

  for version, header_of in pairs { v1 = text_of, v2 = block_of } do
    it("is told who asks, and where, by " .. version, function()
      start(version)
      local client = line:send(GET)
      local header = header_of(client)
      local got, server = accept(header)
      assert.equal(kit.show(header), kit.show(got))
      assert.equal("/", server:read_message().target)
      server:send(OK)
      assert.equal("ok", client:read_message().body)
    end)
  end

  it("gets a connection for each request", function()
    start "v1"
    local client = line:connect()
    for _ = 1, 3 do
      client:send(GET)
      local header = text_of(client)
      local got, server = accept(header)
      assert.equal(header, got)
      assert.equal("127.0.0.1", server:read_message().fields["x-forwarded-for"])
      server:send(OK)
      assert.equal("ok", client:read_message().body)
      server:expect_eof()
    end
  end)

  it("is passed on what the header of another proxy says", function()
    local listener = kit.listener()
    local proxy = kit.proxy { listener, script = [[
      return { listen = { "127.0.0.1:0", accept_proxy = true }, backends = { "%s" },
        health = false, trusted = "127.0.0.1", send_proxy = "v1" }]] }
    local client = proxy:connect()
    client:send(TCP4 .. GET)
    local server = listener:accept()
    assert.equal(TCP4, server:read(#TCP4))
    server:read_message()
    server:send(OK)
    assert.equal("ok", client:read_message().body)
  end)

  for version, header in pairs { v1 = "PROXY UNKNOWN\r\n", v2 = SIGNATURE .. "\x20\0\0\0" } do
    it("is checked by connections that speak for themselves, by " .. version, function()
      local listener = kit.listener()
      local got, target
      kit.background("a check", function()
        local server = listener:accept()
        got = server:read(#header)
        target = server:read_message().target
        server:send(OK)
      end)
      kit.proxy { listener, script = [[
        return { listen = "127.0.0.1:0", backends = { "%s" }, health = { path = "/up" },
          send_proxy = "]] .. version .. '" }' }
      assert.same({ kit.show(header), "/up" }, { kit.show(got), target })
    end)
  end

  it("gets a request that another one has not begun to get", function()
    local closed, listener = kit.closed_port(), kit.listener()
    local proxy = kit.proxy { closed, listener, script = [[
      return { listen = "127.0.0.1:0", backends = { "127.0.0.1:%d", "%s" }, health = false,
        send_proxy = "v1" }]] }
    local client = proxy:connect()
    client:send "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx"
    local server = listener:accept()
    server:expect(text_of(client))
    assert.equal("x", server:read_message().body)
    server:send(OK)
    assert.equal("ok", client:read_message().body)
    proxy:wait_line "retry"
  end)

  it("is not sent a request twice that must not be done twice", function()
    start "v1"
    local client = line:send "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx"
    local _, server = accept(text_of(client))
    server:read_message()
    server:close()
    assert.equal(502, client:read_message().status)
    line:settle()
    assert.equal(0, line.backend:pending())
  end)
end)
