-- Responses with 1xx, which come before the final one.

local kit = require "spec.support.kit"
local wire = require "spec.support.wire"

local GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
local HINTS = "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"
local OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

describe("an interim response", function()
  local line

  before_each(function()
    line = wire.new()
    line:ask(GET)
  end)
  after_each(kit.cleanup)

  local function assert_all_kept()
    local client = line.client
    line:probe()
    assert.equal(client, line.client)
    assert.equal(1, line.backend.accepted)
  end

  it("is passed on at once, with its fields", function()
    local response = line:answer(HINTS)
    assert.same({ 103, "Early Hints", "</style.css>", nil },
      { response.status, response.reason, response.fields.link, response.fields.connection })
    assert.equal("ok", line:answer(OK).body)
    assert_all_kept()
  end)

  it("is followed by the final one, also when both come at once", function()
    line.server:send("HTTP/1.1 100 Continue\r\n\r\n" .. HINTS .. HINTS .. OK)
    for _, status in ipairs { 100, 103, 103, 200 } do
      assert.equal(status, line:answer().status)
    end
    assert_all_kept()
  end)

  it("has no body, whatever its fields say", function()
    line.server:send("HTTP/1.1 103 x\r\nContent-Length: 5\r\n\r\n" ..
      "HTTP/1.1 199 \r\nTransfer-Encoding: chunked\r\nConnection: close, A\r\nA: b\r\n\r\n" .. OK)
    local response = line:answer()
    assert.same({ 103, nil }, { response.status, response.fields["content-length"] })
    response = line:answer()
    assert.same({ 199, nil, nil, nil }, { response.status, response.fields.a,
      response.fields["transfer-encoding"], response.fields.connection })
    assert.equal("ok", line:answer().body)
    assert_all_kept()
  end)

  it("is not the answer to HEAD", function()
    line:answer(OK)
    line:ask((GET:gsub("GET", "HEAD")))
    line.server:send(HINTS .. "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
    assert.same({ 103, 200 }, { line:answer().status, line:answer().status })
    assert_all_kept()
  end)

  it("is not for clients of HTTP/1.0", function()
    line:answer(OK)
    line:ask "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    line.server:send(HINTS)
    line:settle()
    assert.equal("", line.client:buffered())
    assert.equal(200, line:answer(OK).status)
    assert_all_kept()
  end)

  it("does not end the connection before the final one has come", function()
    line:answer(OK)
    local client = line:connect()
    line:ask(GET:sub(1, -3) .. "Connection: close\r\n\r\n")
    assert.equal(103, line:answer(HINTS).status)
    assert.equal("close", line:answer(OK).fields.connection)
    client:expect_eof()
  end)

  it("is one of sixteen at most", function()
    line.server:send(HINTS:rep(16) .. OK)
    for _ = 1, 16 do assert.equal(103, line:answer().status) end
    assert.equal(200, line:answer().status)
    line:ask(GET)
    line.server:post(HINTS:rep(1000) .. OK)
    for _ = 1, 16 do assert.equal(103, line:answer().status) end
    assert.equal(502, line:answer().status)
    line.server:expect_closed()
    line:probe()
  end)

  it("with a head that makes no sense is not passed on", function()
    assert.equal(502, line:answer("HTTP/1.1 103 x\r\nA : b\r\n\r\n" .. OK).status)
    line.server:expect_closed()
    line:probe()
  end)

  it("that nothing follows is followed by 502", function()
    assert.equal(103, line:answer(HINTS).status)
    line.server:close()
    assert.equal(502, line:answer().status)
    line:probe()
  end)

  it("that nothing follows leads to 502, also if the client was not told of it", function()
    line:answer(OK)
    line:ask "GET / HTTP/1.0\r\n\r\n"
    line.server:send(HINTS)
    line.server:close()
    assert.equal(502, line:answer().status)
    line.client:expect_eof()
    line:probe()
  end)

  it("does not keep the client from hearing what went wrong then", function()
    line = wire.new "limits = { body = 10 }, timeouts = { response = 0.1, stall = 0.1 }"
    local post = "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n" ..
      "Transfer-Encoding: chunked\r\n\r\n"
    for body, status in pairs {
      ["?\r\n"] = 400, ["b\r\n0123456789a\r\n"] = 413, ["1\r\na"] = 408,
      ["1\r\na\r\n0\r\n\r\n"] = 504,
    } do
      local client = line:send(post)
      line:accept():read_head()
      assert.equal(100, line:answer("HTTP/1.1 100 Continue\r\n\r\n").status)
      client:send(body)
      assert.equal(status, client:read_message().status)
      line.server:drain()
      client:close()
    end
    line:probe()
  end)
end)

describe("a response with 101", function()
  local SWITCH = "HTTP/1.1 101 Switching Protocols\r\n" ..
    "Upgrade: websocket\r\nConnection: upgrade\r\n\r\n"

  after_each(kit.cleanup)

  for name, fields in pairs {
    ["nobody asked for"] = "",
    ["the proxy did not ask for"] = "Upgrade: websocket\r\n",
    ["the proxy would never ask for"] = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" ..
      "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n",
  } do
    it("that " .. name .. " is none, and opens no tunnel", function()
      local line = wire.new()
      local request = line:ask("GET / HTTP/1.1\r\nHost: x\r\n" .. fields .. "\r\n")
      assert.same({ nil, nil, nil }, { request.fields.upgrade, request.fields.connection,
        request.fields["http2-settings"] })
      assert.equal(502, line:answer(SWITCH .. "tunnel").status)
      line.server:expect_closed()
      line.client:send "through the tunnel\r\n\r\n"
      assert.equal(400, line.client:read_message().status)
      line.client:expect_eof()
      line:probe()
    end)
  end
end)
