-- However the bytes of an exchange are cut on their way, the result is the same. Each exchange is
-- made once in one piece, and then again and again: with the client's bytes in two pieces, cut at
-- every place, then with the backend's. The proxy has read the first piece before the second goes.

local kit = require "spec.support.kit"
local wire = require "spec.support.wire"

local CODING = "Transfer-Encoding: chunked\r\n"
local DATE = "Date: today\r\n\r\n"

local EXCHANGES = {
  { name = "without bodies",
    "GET /a?b HTTP/1.1\r\nHost: x\r\nA: b\r\nEmpty:\r\n\r\n",
    "HTTP/1.1 204 No Content\r\nServer: y\r\n" .. DATE },
  { name = "with lengths",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nfour\r\n\r\nX",
    "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n" .. DATE .. "HTTP/1.1 \r\n\r" },
  { name = "with chunks",
    "PUT /a HTTP/1.1\r\nHost: x\r\n" .. CODING ..
      "\r\n4;a=\"b\\\"\";c\r\nfour\r\n00a\r\nten\r\nbytes\r\n0;d\r\nSum: 1\r\nX: y\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTrailer: Sum\r\n" .. CODING .. DATE ..
      "B;e\r\neleven\r\nbyt\r\n1\r\n\n\r\n000\r\nSum: 2\r\n\r\n" },
  { name = "of HEAD", method = "HEAD",
    "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n" .. DATE },
  { name = "with interim responses", responses = 3,
    "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n" ..
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" .. DATE .. "ok" },
  { name = "of HTTP/1.0",
    "POST http://y?z HTTP/1.0\r\nConnection: keep-alive, A\r\nContent-Length: 2\r\nA: b\r\n\r\nhi",
    "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n" .. DATE .. "hello" },
  { name = "with empty lines in front",
    "\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\nETag: \"1\"\r\n" .. DATE },
}

describe("an exchange", function()
  local line

  before_each(function() line = wire.new() end)
  after_each(kit.cleanup)

  -- Sends BYTES in pieces, each of which the proxy has read before the next goes.
  local function send(conn, bytes, at)
    if at then
      conn:send(bytes:sub(1, at))
      line:settle()
    end
    conn:send(bytes:sub((at or 0) + 1))
  end

  -- What is the same however it came: not how bodies are cut into chunks.
  local function essence(message)
    return { message.line, message.raw, message.framing, message.body, message.trailers }
  end

  -- Makes the exchange, with cuts where they are wanted, and returns what both ends have seen.
  local function make(exchange, cuts)
    send(line.client, exchange[1], cuts.request)
    local seen = { essence(line:ask()) }
    send(line.server, exchange[2], cuts.response)
    for i = 1, exchange.responses or 1 do seen[i + 1] = essence(line:answer()) end
    return seen
  end

  for _, exchange in ipairs(EXCHANGES) do
    it(exchange.name .. " is the same wherever the request is cut", function()
      line:connect()
      local expected = make(exchange, {})
      for at = 1, #exchange[1] - 1 do
        assert.same(expected, make(exchange, { request = at }), "cut at " .. at)
      end
      assert.equal(1, line.backend.accepted)
    end)

    it(exchange.name .. " is the same wherever the response is cut", function()
      line:connect()
      local expected = make(exchange, {})
      for at = 1, #exchange[2] - 1 do
        assert.same(expected, make(exchange, { response = at }), "cut at " .. at)
      end
      assert.equal(1, line.backend.accepted)
    end)
  end

  it("is the same wherever two pipelined requests are cut", function()
    line:connect()
    local first, second = EXCHANGES[3], EXCHANGES[2]
    local both = first[1] .. second[1]
    local expected
    for at = 0, #both - 1 do
      send(line.client, both, at > 0 and at)
      local seen = {}
      for i, exchange in ipairs { first, second } do
        seen[2 * i - 1] = essence(line:ask())
        seen[2 * i] = essence(line:answer(exchange[2]))
      end
      expected = expected or seen
      assert.same(expected, seen, "cut at " .. at)
    end
  end)

  it("whose response ends with the connection is the same wherever that is cut", function()
    line:connect()
    local response = "HTTP/1.1 200 OK\r\n" .. DATE .. "until the end\r\n0\r\n\r\n"
    local expected
    for at = 0, #response do
      line:ask "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
      send(line.server, response, at > 0 and at)
      line.server:close()
      local seen = essence(line:answer())
      expected = expected or seen
      assert.same(expected, seen, "cut at " .. at)
    end
  end)

  it("that makes no sense is refused wherever it is cut", function()
    for _, bytes in ipairs {
      "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\n",
    } do
      for at = 1, #bytes - 1 do
        send(line:connect(), bytes, at)
        assert.equal(400, line.client:read_message().status, "cut at " .. at)
        line.client:expect_eof()
      end
    end
    assert.equal("/probe", line:probe().target)
    assert.equal(1, line.backend.accepted)
  end)
end)
