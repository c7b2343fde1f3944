-- Which requests lead away from HTTP, and which are requests like any other.

local kit = require "spec.support.kit"
local tunnel = require "spec.support.tunnel"
local wire = require "spec.support.wire"

local GET = "GET / HTTP/1.1\r\nHost: x\r\n"
local UP = "Connection: upgrade\r\n"
local WEBSOCKET = UP .. "Upgrade: websocket\r\n"
local EMPTY = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

describe("a request to upgrade", function()
  local line

  after_each(kit.cleanup)

  -- What the backend sees of Connection and Upgrade in a request with FIELDS.
  local function seen(fields, start)
    local request = line:ask((start or GET) .. fields .. "\r\n")
    line:answer(EMPTY)
    return { request.fields.connection or "-", request.fields.upgrade or "-" }
  end

  describe("is passed on", function()
    it("to WebSocket, with what WebSocket needs", function()
      line = wire.new()
      local request = line:ask("GET /chat?room=1 HTTP/1.1\r\nHost: x\r\nUpgrade: WebSocket\r\n" ..
        "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" ..
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: a, b\r\nOrigin: http://x\r\n" ..
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n")
      assert.same({ "upgrade", "WebSocket", "dGhlIHNhbXBsZSBub25jZQ==", "13", "a, b", "http://x",
        "permessage-deflate; client_max_window_bits" }, {
        request.fields.connection, request.fields.upgrade, request.fields["sec-websocket-key"],
        request.fields["sec-websocket-version"], request.fields["sec-websocket-protocol"],
        request.fields.origin, request.fields["sec-websocket-extensions"] })
      assert.equal("/chat?room=1", request.target)
      assert.equal("127.0.0.1", request.fields["x-forwarded-for"])
    end)

    it("and so is the agreement", function()
      line = wire.new()
      line:ask(GET .. WEBSOCKET .. "\r\n")
      local response = line:answer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" ..
        "Connection: Upgrade, X-Hop\r\nX-Hop: 1\r\nSec-WebSocket-Accept: abc=\r\n" ..
        "Content-Length: 5\r\n\r\n")
      assert.same({ 101, "upgrade", "websocket", "abc=", nil, nil }, { response.status,
        response.fields.connection, response.fields.upgrade,
        response.fields["sec-websocket-accept"], response.fields["x-hop"],
        response.fields["content-length"] })
      line.server:send "tunnel"
      line.client:expect "tunnel"
    end)

    it("behind what comes before an answer", function()
      line = wire.new()
      line:ask(GET .. WEBSOCKET .. "\r\n")
      assert.equal(103, line:answer "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".status)
      assert.equal(101, line:answer(tunnel.AGREE).status)
    end)

    it("over a connection that was used before, and behind other requests", function()
      line = wire.new()
      line:probe()
      line:send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n" .. tunnel.ASK .. "through")
      assert.equal("/1", line:ask().target)
      line:answer(EMPTY)
      assert.equal("/chat", line:ask().target)
      assert.equal(101, line:answer(tunnel.AGREE).status)
      line.server:expect "through"
      assert.equal(1, line.backend.accepted)
    end)

    it("if nothing of a body is announced", function()
      line = wire.new()
      assert.same({ "upgrade", "websocket" }, seen(WEBSOCKET .. "Content-Length: 0\r\n"))
    end)

    it("with any method", function()
      line = wire.new()
      for _, method in ipairs { "POST", "OPTIONS", "ATTACH" } do
        assert.same({ "upgrade", "websocket" },
          seen(WEBSOCKET, method .. " / HTTP/1.1\r\nHost: x\r\n"))
      end
    end)
  end)

  describe("is one like any other", function()
    for name, case in pairs {
      ["without Connection: upgrade"] = { "Upgrade: websocket\r\n" },
      ["if Connection says something else"] = {
        "Connection: keep-alive, upgrades\r\nUpgrade: websocket\r\n" },
      ["without Upgrade"] = { UP },
      ["if Upgrade says nothing"] = { UP .. "Upgrade:\r\n" },
      ["if Upgrade says something odd"] = { UP .. "Upgrade: web socket\r\n" },
      ["in HTTP/1.0"] = { WEBSOCKET, "GET / HTTP/1.0\r\nHost: x\r\n" },
      ["with a body"] = { WEBSOCKET .. "Content-Length: 4\r\n" },
      ["with a body in chunks"] = { WEBSOCKET .. "Transfer-Encoding: chunked\r\n" },
      ["to HTTP/2"] = { UP .. "Upgrade: h2c\r\nHTTP2-Settings: AAA\r\n" },
      ["to TLS"] = { UP .. "Upgrade: TLS/1.0, HTTP/1.1\r\n" },
      ["to what is not allowed"] = { UP .. "Upgrade: foo, websockets\r\n" },
    } do
      it(name, function()
        line = wire.new()
        local body = case[1]:find "chunked" and "4\r\nbody\r\n0\r\n\r\n" or
          case[1]:find "Length" and "body" or ""
        local request = line:ask((case[2] or GET) .. case[1] .. "\r\n" .. body)
        assert.is_nil(request.fields.upgrade)
        assert.is_nil(request.fields.connection)
        assert.equal(body ~= "" and "body" or "", request.body)
        assert.equal(200, line:answer(EMPTY).status)
      end)
    end

    it("if the backend answers it like any other, and the connections are kept", function()
      line = wire.new()
      for _, status in ipairs { 200, 400, 426, 500 } do
        line:ask(GET .. WEBSOCKET .. "\r\n")
        local response = line:answer(("HTTP/1.1 %d X\r\nContent-Length: 2\r\n"):format(status) ..
          "Upgrade: websocket\r\nConnection: upgrade\r\n\r\nno")
        assert.same({ status, "no", nil, nil }, { response.status, response.body,
          response.fields.upgrade, response.fields.connection })
      end
      line:probe()
      assert.equal(1, line.backend.accepted)
    end)

    it("if the backend answers it like any other, and what is behind is a request", function()
      line = wire.new()
      line:send(GET .. WEBSOCKET .. "\r\n" .. "GET /next HTTP/1.1\r\nHost: x\r\n\r\n")
      line:ask()
      line:answer(EMPTY)
      assert.equal("/next", line:ask().target)
      line:answer(EMPTY)
    end)
  end)

  describe("is 502", function()
    for name, fields in pairs {
      ["if the backend agrees to something else"] = UP .. "Upgrade: foo\r\n",
      ["if the backend agrees to more than that"] = UP .. "Upgrade: websocket, foo\r\n",
      ["if the backend agrees to nothing"] = UP,
      ["if the backend agrees to an empty word"] = UP .. "Upgrade:\r\n",
      ["if the backend agrees without Connection"] = "Upgrade: websocket\r\n",
      ["if the backend agrees twice over"] = WEBSOCKET .. "Content-Length: 1\r\n" ..
        "Content-Length: 2\r\n",
    } do
      it(name, function()
        line = wire.new()
        line:ask(GET .. WEBSOCKET .. "\r\n")
        assert.equal(502, line:answer("HTTP/1.1 101 S\r\n" .. fields .. "\r\ntunnel").status)
        line.server:expect_closed()
        line:probe()
      end)
    end
  end)

  describe("may ask for what allow.upgrade says:", function()
    local function allow(what)
      line = wire.new("allow = { upgrade = " .. what .. " }")
    end

    it("nothing", function()
      allow "false"
      assert.same({ "-", "-" }, seen(WEBSOCKET))
    end)

    it("some protocols, of which a version may be told", function()
      allow '{ "foo", "bar/2" }'
      assert.same({ "-", "-" }, seen(WEBSOCKET))
      assert.same({ "upgrade", "FOO/7" }, seen(UP .. "Upgrade: websocket, FOO/7, bar/1\r\n"))
      assert.same({ "upgrade", "bar/2, foo" },
        seen(UP .. "Upgrade: bar/2, bar\r\nUpgrade: foo\r\n"))
    end)

    it("any, but HTTP itself and TLS", function()
      allow '"any"'
      assert.same({ "upgrade", "x/1, websocket" },
        seen(UP .. "Upgrade: h2c, x/1, HTTP/2.0, TLS/1.0, H2, websocket\r\n"))
      assert.same({ "-", "-" }, seen(UP .. "Upgrade: h2c\r\n"))
    end)

    it("and the backend chooses among those", function()
      allow '"any"'
      line:ask(GET .. UP .. "Upgrade: a/1, b/2\r\n\r\n")
      local response = line:answer "HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: b/2\r\n\r\n"
      assert.same({ 101, "b/2" }, { response.status, response.fields.upgrade })
    end)
  end)

  it("is made elsewhere if the backend goes without an answer", function()
    local a, b = kit.listener(), kit.listener()
    local proxy = kit.proxy { a, b, script = [[
      return { listen = "127.0.0.1:0", backends = { "%s", "%s" }, health = false }
    ]] }
    local client = proxy:connect()
    client:send(tunnel.ASK)
    local first = a:accept()
    first:read_message()
    first:close()
    local server = b:accept()
    assert.equal("websocket", server:read_message().fields.upgrade)
    server:send(tunnel.AGREE .. "hello")
    assert.equal(101, client:read_head().status)
    client:expect "hello"
  end)

  it("is 502 if the backend goes in the middle of its answer", function()
    line = wire.new()
    line:ask(tunnel.ASK)
    line.server:send "HTTP/1.1 101 Switching"
    line.server:close()
    assert.equal(502, line:answer().status)
    line:probe()
  end)

  describe("is seen by hooks", function()
    it("of responses, which set fields and nothing that would harm", function()
      line = wire.new [[response = function(res)
        res.headers["X-Seen"] = res.status
        res.headers["Server"] = nil
        print(pcall(function() res.status = 200 end))
        print(pcall(function() res.headers.Upgrade = "h2c" end))
        res.status = 204
      end]]
      line:ask(GET .. WEBSOCKET .. "\r\n")
      local response = line:answer(tunnel.AGREE:sub(1, -3) .. "Server: s\r\n\r\n")
      assert.same({ 101, "101", nil, "websocket", "upgrade" }, { response.status,
        response.fields["x-seen"], response.fields.server, response.fields.upgrade,
        response.fields.connection })
      line.proxy:wait_line "status of a response that makes a tunnel cannot be set"
      line.server:send "tunnel"
      line.client:expect "tunnel"
    end)

    it("of responses, which may wait", function()
      line = wire.new [[response = { waits = true, function(res)
        require "luaproxy".sleep(0.05)
        res.headers["X-Seen"] = "yes"
      end }]]
      line:ask(GET .. WEBSOCKET .. "\r\nearly")
      assert.equal("yes", line:answer(tunnel.AGREE .. "with it").fields["x-seen"])
      line.client:expect "with it"
      line.server:expect "early"
    end)

    it("of requests, which may answer instead", function()
      line = wire.new [[request = function(req)
        if req.headers.upgrade == "websocket" and not req.headers.cookie then
          return { status = 401, body = "who are you?" }
        end
      end]]
      local client = line:send(GET .. WEBSOCKET .. "\r\n")
      assert.equal(401, client:read_message().status)
      line:ask(GET .. WEBSOCKET .. "Cookie: me\r\n\r\n")
      assert.equal(101, line:answer(tunnel.AGREE).status)
    end)
  end)
end)
