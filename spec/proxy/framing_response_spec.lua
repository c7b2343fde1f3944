-- Where the body of a response ends, and how it is told to the client.

local kit = require "spec.support.kit"
local wire = require "spec.support.wire"

local GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
local OLD_GET = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
local OK = "HTTP/1.1 200 OK\r\n"
local CHUNKED = OK .. "Transfer-Encoding: chunked\r\n\r\n"

describe("the body of a response", function()
  local line

  before_each(function() line = wire.new() end)
  after_each(kit.cleanup)

  -- Asks with REQUEST and returns what the client is given of RESPONSE. If the backend closes, that
  -- is the end of the body.
  local function pass(request, response, closes)
    line:ask(request)
    line.server:send(response)
    if closes then line.server:close() end
    return line:answer()
  end

  -- Nothing was lost or left over: both connections serve the next request.
  local function assert_all_kept()
    local connections = line.backend.accepted
    local client = line.client
    line:probe()
    assert.equal(client, line.client)
    assert.equal(connections, line.backend.accepted)
  end

  it("keeps its length", function()
    local response = pass(GET, OK .. "Content-Length: 0005\r\n\r\nhello")
    assert.same({ "length", "5", "hello" },
      { response.framing, response.fields["content-length"], response.body })
    response = pass(OLD_GET, OK .. "Content-Length: 5\r\n\r\nhello")
    assert.equal("5", response.fields["content-length"])
    assert_all_kept()
  end)

  it("may be empty", function()
    assert.equal("0", pass(GET, OK .. "Content-Length: 0\r\n\r\n").fields["content-length"])
    local response = pass(GET, CHUNKED .. "0\r\n\r\n")
    assert.same({ "chunked", "" }, { response.framing, response.body })
    assert_all_kept()
  end)

  it("is cut into chunks anew, without extensions and trailers", function()
    line:ask(GET)
    line.server:send(OK .. "Transfer-Encoding: Chunked\r\nTrailer: Sum\r\nDate: x\r\n\r\n" ..
      "005;a=\"b\"\r\nhello\r\nA\r\n, world!!!\r\n000;x\r\nSum: 9\r\nContent-Length: 3\r\n\r\n")
    line.client:expect(OK .. "Date: x\r\nVia: 1.1 luaproxy\r\nTransfer-Encoding: chunked\r\n\r\n" ..
      "5\r\nhello\r\na\r\n, world!!!\r\n0\r\n\r\n")
    assert_all_kept()
  end)

  it("comes without chunks to a client of HTTP/1.0", function()
    local response = pass(OLD_GET, CHUNKED .. "5\r\nhello\r\n1\r\n!\r\n0\r\nA: b\r\n\r\n")
    assert.same({ "close", "close", "hello!" },
      { response.framing, response.fields.connection, response.body })
    line:probe()
    assert.equal(1, line.backend.accepted)
  end)

  it("may end with the backend's connection", function()
    for _, body in ipairs { "", "hello", ("long"):rep(100000) } do
      for _, head in ipairs { OK .. "\r\n", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n" } do
        local response = pass(GET, head .. body, true)
        assert.same({ "chunked", body }, { response.framing, response.body })
        assert.is_nil(response.fields.connection)
        local client = line.client
        response = pass(OLD_GET, head .. body, true)
        assert.same({ "close", "close", body },
          { response.framing, response.fields.connection, response.body })
        assert.equal(client, line.client)
      end
    end
  end)

  it("may have chunks of any size", function()
    local payload = kit.payload(100000)
    local pieces = {}
    for i = 1, 100 do pieces[i] = payload:sub(i, i + (i <= 60 and i or i * i * 9)) end
    line:ask(GET)
    line.server:post(kit.response { body = pieces })
    assert.is_true(line:answer().body == table.concat(pieces))
    assert_all_kept()
  end)

  it("may come byte by byte", function()
    line:ask(GET)
    local bytes = CHUNKED .. "3;x=\"y\"\r\nabc\r\n0b\r\ndefghijklmn\r\n0\r\nA: b\r\n\r\n"
    for i = 1, #bytes do
      line.server:send(bytes:sub(i, i))
      line:settle()
    end
    assert.equal("abcdefghijklmn", line:answer().body)
    assert_all_kept()
  end)

  it("may be big", function()
    local payload = kit.payload(8 << 20)
    local heads = { OK .. "Content-Length: " .. #payload .. "\r\n\r\n", OK .. "\r\n" }
    for i, head in ipairs(heads) do
      line:ask(GET)
      line.server:post(head .. payload)
      if i == 2 then line.server:shutdown() end
      assert.is_true(line:answer().body == payload)
    end
  end)

  it("is passed on while it is still coming", function()
    line:ask(GET)
    line.server:send(OK .. "\r\none")
    line.client:read_until "\r\n\r\n"
    line.client:expect "3\r\none\r\n"
    line.server:send "two"
    line.client:expect "3\r\ntwo\r\n"
    line.server:close()
    line.client:expect "0\r\n\r\n"
    assert.is_nil(line.client.inbox.ended)
  end)

  it("is not there in the answer to HEAD, whatever the fields say", function()
    local head = "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"
    local response = pass(head, OK .. "Content-Length: 123456789012\r\n\r\n")
    assert.equal("123456789012", response.fields["content-length"])
    response = pass(head, CHUNKED)
    assert.is_nil(response.fields["content-length"])
    response = pass(head, OK .. "\r\n")
    assert.same({}, { response.fields["content-length"], response.fields["transfer-encoding"] })
    assert_all_kept()
  end)

  it("is not there with 304, which may say how long it would be", function()
    local status = "HTTP/1.1 304 Not Modified\r\n"
    assert.equal("7", pass(GET, status .. "Content-Length: 7\r\n\r\n").fields["content-length"])
    assert.is_nil(pass(GET, status .. "\r\n").fields["content-length"])
    pass(GET, status .. "Transfer-Encoding: chunked\r\n\r\n")
    pass(OLD_GET, status .. "\r\n")
    assert_all_kept()
  end)

  it("is not there with 204, which must not say how long it would be", function()
    local status = "HTTP/1.1 204 No Content\r\n"
    pass(GET, status .. "Content-Length: 7\r\n\r\n")
    pass(GET, status .. "Transfer-Encoding: chunked\r\n\r\n")
    pass(OLD_GET, status .. "\r\n")
    assert_all_kept()
  end)

  it("may be there with 205, though there should be none: it ends where it says", function()
    local status = "HTTP/1.1 205 Reset Content\r\n"
    for _, body in ipairs { "", "hello" } do
      local response = pass(GET, status .. "Content-Length: " .. #body .. "\r\n\r\n" .. body)
      assert.same({ "length", body }, { response.framing, response.body })
    end
    local chunked = status .. "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    local response = pass(GET, chunked)
    assert.same({ "chunked", "hello" }, { response.framing, response.body })
    assert_all_kept()
  end)

  describe("cut short", function()
    local starts = {
      ["by its length"] = OK .. "Content-Length: 9\r\n\r\none",
      ["in a chunk"] = CHUNKED .. "6\r\none",
      ["between chunks"] = CHUNKED .. "3\r\none\r\n",
      ["in the last chunk"] = CHUNKED .. "3\r\none\r\n0\r\n",
      ["in the trailers"] = CHUNKED .. "3\r\none\r\n0\r\nA: b\r\n",
      ["by RST instead of FIN"] = OK .. "\r\none",
      ["by a bad chunk"] = CHUNKED .. "3\r\none\r\nx\r\n",
      ["by a chunk that is too long"] = CHUNKED .. "3\r\noneX\r\n0\r\n\r\n",
    }

    for name, start in pairs(starts) do
      it(name .. " reaches the client cut short", function()
        line:ask(GET)
        line.server:send(start)
        line.client:read_until "one"
        line.server:reset()
        local rest = line.client:drain()
        assert.is_truthy(rest == "" or rest == "\r\n", rest)
        line:probe()
      end)

      it(name .. " is reset for a client who awaits the end of the connection", function()
        line:ask "GET / HTTP/1.0\r\n\r\n"
        line.server:send(start)
        line.client:read_until "one"
        line.server:reset()
        local rest, ending = line.client:drain()
        local expected = name == "by its length" and "eof" or "reset"
        assert.same({ "", expected }, { rest, ending })
        line:probe()
      end)
    end
  end)
end)
