-- Where the body of a request ends, and how it is told to the backend.

local kit = require "spec.support.kit"
local wire = require "spec.support.wire"

local OK = "HTTP/1.1 204 No Content\r\n\r\n"
local POST = "POST / HTTP/1.1\r\nHost: x\r\n"
local CHUNKED = POST .. "Transfer-Encoding: chunked\r\n\r\n"

describe("the body of a request", function()
  local line

  before_each(function() line = wire.new() end)
  after_each(kit.cleanup)

  -- Sends a request, answers it, and returns what the backend was given.
  local function pass(bytes)
    local request = line:ask(bytes)
    assert.equal(204, line:answer(OK).status)
    return request
  end

  it("keeps its length", function()
    local request = pass(POST .. "Content-Length: 5\r\n\r\nhello")
    assert.same({ "length", "5", "hello" },
      { request.framing, request.fields["content-length"], request.body })
  end)

  it("has its length written anew", function()
    local request = pass(POST .. "content-length:\t 0005 \r\n\r\nhello")
    assert.same({ "5", "hello" }, { request.fields["content-length"], request.body })
    assert.equal("Content-Length", request.names[#request.names])
  end)

  it("may be empty, and says so if the client did", function()
    assert.equal("0", pass(POST .. "Content-Length: 0\r\n\r\n").fields["content-length"])
    assert.equal("none", pass(POST .. "\r\n").framing)
    local request = pass(CHUNKED .. "0\r\n\r\n")
    assert.same({ "chunked", "" }, { request.framing, request.body })
  end)

  it("is cut into chunks anew, without extensions", function()
    local sizes = {
      "5;a", "5;a=b", "5;a=\"b c\"", "005", "5;" .. ("x"):rep(1000),
      "5;a=\"\\\"\"", "5;a=b;c=\"d;\\\"e\";f", "5 ; a\t= b ;c = \"d\" ;e",
    }
    for _, size in ipairs(sizes) do
      local request = pass(CHUNKED .. size .. "\r\nhello\r\nA\r\n, world!!!\r\n00;b\r\n\r\n")
      assert.same({ "chunked", "hello, world!!!", {} },
        { request.framing, request.body, request.trailers }, size)
    end
  end)

  it("loses its trailers, and their announcement", function()
    local request = pass(POST .. "Transfer-Encoding: chunked\r\nTrailer: Sum, Host\r\n\r\n" ..
      "2\r\nhi\r\n0\r\nSum: 9\r\nHost: other\r\nContent-Length: 9\r\nConnection: close\r\n\r\n")
    assert.same({ "hi", {} }, { request.body, request.trailers })
    assert.same({ "x", nil, nil }, { request.fields.host, request.fields.trailer,
      request.fields.connection })
    assert.equal("/probe", line:probe().target)
    assert.equal(1, line.backend.accepted)
  end)

  for _, method in ipairs { "GET", "HEAD", "DELETE", "OPTIONS", "PATCH", "a!#$%&'*+-.^_`|~0" } do
    it("may come with " .. method, function()
      local start = method .. " / HTTP/1.1\r\nHost: x\r\n"
      local request = pass(start .. "Content-Length: 2\r\n\r\nhi")
      assert.same({ method, "length", "hi" }, { request.method, request.framing, request.body })
      request = pass(start .. "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n")
      assert.same({ method, "chunked", "hi" }, { request.method, request.framing, request.body })
      request = pass(start .. "\r\n")
      assert.same({ method, "none" }, { request.method, request.framing })
      assert.equal(1, line.backend.accepted)
    end)
  end

  it("may have chunks of any size", function()
    local payload = kit.payload(100000)
    local pieces, whole = {}, {}
    for i = 1, 100 do
      pieces[i] = payload:sub(i, i + (i <= 60 and i or i * i * 9))
      whole[i] = pieces[i]
    end
    line:connect():post(kit.request { method = "POST", body = pieces })
    assert.is_true(line:ask().body == table.concat(whole))
    line:answer(OK)
  end)

  it("may come byte by byte", function()
    local bytes = CHUNKED .. "3;x=\"y\"\r\nabc\r\n0b\r\ndefghijklmn\r\n0\r\nA: b\r\n\r\n"
    for i = 1, #bytes do
      line:send(bytes:sub(i, i))
      line:settle()
    end
    assert.equal("abcdefghijklmn", line:ask().body)
    assert.equal(204, line:answer(OK).status)
  end)

  it("may be big", function()
    local payload = kit.payload(8 << 20)
    line:connect():post(POST .. "Content-Length: " .. #payload .. "\r\n\r\n" .. payload)
    assert.is_true(line:ask().body == payload)
    line:answer(OK)
    local pieces = {}
    for i = 1, #payload, 1 << 20 do pieces[#pieces + 1] = payload:sub(i, i + (1 << 20) - 1) end
    line.client:post(kit.request { method = "PUT", body = pieces })
    assert.is_true(line:ask().body == payload)
    line:answer(OK)
  end)

  it("is passed on while it is still coming", function()
    line:send(POST .. "Content-Length: 9\r\n\r\none")
    local server = line:accept()
    server:read_until "\r\n\r\n"
    server:expect "one"
    line.client:send "two"
    server:expect "two"
    line.client:send "six"
    server:expect "six"
    line:answer(OK)
    line:send(CHUNKED .. "3\r\none")
    server:read_until "\r\n\r\n"
    server:expect "3\r\none\r\n"
    line.client:send "\r\n3\r\ntw"
    server:expect "2\r\ntw\r\n"
    line.client:send "o\r\n0\r\n\r\n"
    server:expect "1\r\no\r\n0\r\n\r\n"
    assert.equal(204, line:answer(OK).status)
  end)

  for _, way in ipairs { "shutdown", "close", "reset" } do
    for name, start in pairs {
      ["by its length"] = POST .. "Content-Length: 9\r\n\r\none",
      ["in a chunk"] = CHUNKED .. "6\r\none",
      ["between chunks"] = CHUNKED .. "3\r\none\r\n",
      ["before the last CRLF"] = CHUNKED .. "3\r\none\r\n0\r\n",
      ["in the trailers"] = CHUNKED .. "3\r\none\r\n0\r\nA: b\r\n",
    } do
      it(("cut short %s by %s reaches the backend cut short"):format(name, way), function()
        line:send(start)
        local server = line:accept()
        server:read_until "one"
        line.client[way](line.client)
        local rest = server:drain()
        assert.is_truthy(rest == "" or rest == "\r\n", rest)
        if way == "shutdown" then assert.equal("", (line.client:drain())) end
        line:probe()
      end)
    end
  end

  describe("with a limit", function()
    before_each(function() line = wire.new "limits = { body = 10 }" end)

    it("may be as long", function()
      assert.equal("0123456789", pass(POST .. "Content-Length: 10\r\n\r\n0123456789").body)
      assert.equal("0123456789", pass(CHUNKED .. "a;b=c\r\n0123456789\r\n0\r\n\r\n").body)
    end)

    it("is refused at once if it says that it is longer", function()
      line:send(POST .. "Content-Length: 11\r\n\r\n")
      local response = line.client:read_message()
      assert.same({ 413, "close" }, { response.status, response.fields.connection })
      line.client:expect_eof()
      assert.equal(0, line.backend.accepted)
      line:probe()
    end)

    it("is refused when it gets longer", function()
      line:send(CHUNKED .. "6\r\n012345\r\n")
      local server = line:accept()
      server:read_until "012345\r\n"
      line.client:send "5\r\n6789a\r\n"
      local response = line.client:read_message()
      assert.same({ 413, "close" }, { response.status, response.fields.connection })
      line.client:expect_eof()
      assert.is_nil(server:drain():find("0\r\n\r\n", 1, true))
      line:probe()
    end)

    it("is never completed if it was longer, not even when it came at once", function()
      line:connect():send(CHUNKED .. "1770\r\n" .. ("x"):rep(6000) .. "\r\n0\r\n\r\n")
      assert.equal(413, line.client:read_message().status)
      assert.is_nil(line:accept():drain():find("0\r\n\r\n", 1, true))
      line:probe()
    end)
  end)
end)
