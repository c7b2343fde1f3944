-- CONNECT: a tunnel to where its target says, through a backend that is a forward proxy.

local kit = require "spec.support.kit"
local wire = require "spec.support.wire"

local ASK = "CONNECT there:443 HTTP/1.1\r\nHost: there:443\r\n\r\n"
local YES = "HTTP/1.1 200 Connection established\r\n\r\n"

describe("CONNECT", function()
  local line

  after_each(kit.cleanup)

  local function start(keys)
    line = wire.new("allow = { connect = true }, " .. (keys or ""))
  end

  it("is not served unless it is allowed", function()
    line = wire.new()
    local client = line:send(ASK .. "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert.equal(501, client:read_message().status)
    client:expect_eof()
    line:probe()
  end)

  it("leads to a tunnel if the backend says so", function()
    start()
    local request = line:ask(ASK)
    assert.same({ "CONNECT", "there:443", "there:443", nil, nil }, { request.method,
      request.target, request.fields.host, request.fields.connection,
      request.fields["content-length"] })
    local response = line:answer(YES)
    assert.same({ 200, nil, nil, nil }, { response.status, response.fields.connection,
      response.fields["content-length"], response.fields["transfer-encoding"] })
    for _ = 1, 3 do
      line.client:send "GET / HTTP/1.1\r\n\r\n"
      line.server:expect "GET / HTTP/1.1\r\n\r\n"
      line.server:send "HTTP/1.1 200 OK\r\n\r\n\0"
      line.client:expect "HTTP/1.1 200 OK\r\n\r\n\0"
    end
    line.client:shutdown()
    line.server:expect_eof()
    line.server:send "bye"
    line.server:shutdown()
    assert.equal("bye", line.client:read_all())
    line.proxy:wait_line '"CONNECT there:443 HTTP/1.1" 200 %d+ '
  end)

  it("leads to one whatever the backend says of a body", function()
    for _, fields in ipairs { "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n",
      "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Connection: close\r\n" } do
      start()
      line:ask(ASK)
      local response = line:answer("HTTP/1.1 204 Yes\r\n" .. fields .. "X-A: 1\r\n\r\nthrough it")
      assert.same({ 204, "1", nil, nil, nil }, { response.status, response.fields["x-a"],
        response.fields["content-length"], response.fields["transfer-encoding"],
        response.fields.connection })
      line.client:expect "through it"
      line.client:send "and back"
      line.server:expect "and back"
      kit.cleanup()
    end
  end)

  it("gives the tunnel what the client said too early", function()
    start()
    line:ask(ASK .. "early")
    line:settle()
    line.server:expect_silence(0.1)
    line:answer(YES)
    line.server:expect "early"
  end)

  it("is answered like any request if the backend refuses, and the connection is closed", function()
    start()
    for _, status in ipairs { 302, 403, 407, 502 } do
      line:ask(ASK .. "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
      local response = line:answer(("HTTP/1.1 %d No\r\nContent-Length: 2\r\n\r\nno"):format(status))
      assert.same({ status, "no", "close" }, { response.status, response.body,
        response.fields.connection })
      line.client:expect_eof()
    end
    assert.equal("/probe", line:probe().target)
    assert.equal(1, line.backend.accepted)
  end)

  it("is closed behind an answer of luaproxy's own, too", function()
    start [[request = function(req)
      if req.method == "CONNECT" then return { status = 403, body = req.path } end
    end]]
    local client = line:send(ASK .. "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
    local response = client:read_message()
    assert.same({ 403, "there:443" }, { response.status, response.body })
    client:expect_eof()
    assert.equal("/probe", line:probe().target)
  end)

  it("must not have a body", function()
    start()
    for _, fields in ipairs { "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n" } do
      local client = line:send(ASK:sub(1, -3) .. fields .. "\r\n5\r\nhello\r\n0\r\n\r\n")
      assert.equal(400, client:read_message().status)
      client:expect_eof()
    end
    line:probe()
  end)

  it("must say where it leads to", function()
    start()
    for _, target in ipairs { "/", "*", "there", "there:", "http://there:443/", ":443", "a b:443",
      "u@there:443", "there:443/path", "there:65536", "there:0" } do
      local client = line:send(("CONNECT %s HTTP/1.1\r\nHost: there:443\r\n\r\n"):format(target))
      assert.equal(400, client:read_message().status, target)
      client:expect_eof()
    end
    line:probe()
  end)

  it("tells the Host it is for, though backends are told their own", function()
    start 'host = "backend"'
    assert.equal("there:443", line:ask(ASK).fields.host)
  end)

  it("of HTTP/1.0 is served, too", function()
    start()
    local request = line:ask "CONNECT [::1]:22 HTTP/1.0\r\n\r\n"
    assert.same({ "[::1]:22", "[::1]:22" }, { request.target, request.fields.host })
    assert.equal(200, line:answer(YES).status)
    line.server:send "SSH-2.0-x\r\n"
    line.client:expect "SSH-2.0-x\r\n"
  end)

  it("is not made elsewhere once a byte of it has left", function()
    start "retry = { tries = 3 }"
    line:ask(ASK)
    line.server:close()
    assert.equal(502, line:answer().status)
    assert.equal(1, line.backend.accepted)
  end)

  it("serves curl", function()
    start()
    kit.background("forward proxy", function()
      local server = line.backend:accept()
      assert(server:read_message().target == "there.test:80")
      server:send(YES)
      assert(server:read_message().target == "/page")
      server:send(kit.response { body = "through the tunnel" })
    end)
    local code, out = kit.run { "curl", "-sS", "-p", "-x", "http://" .. line.proxy.addr,
      "http://there.test/page" }
    assert.same({ 0, "through the tunnel" }, { code, out })
  end)
end)
