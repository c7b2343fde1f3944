-- Responses which two recipients could read differently, or which are none. The client is told 502
-- and keeps its connection; the backend's is never used again.

local kit = require "spec.support.kit"
local wire = require "spec.support.wire"

local GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
local OK = "HTTP/1.1 200 OK\r\n"
local TRAP = OK .. "Content-Length: 4\r\n\r\ntrap"

local line

local function is_refused(bytes)
  it(("is refused: %s"):format(kit.show(bytes, 80)), function()
    line:ask(GET)
    local client, response = line.client, line:answer(bytes .. TRAP)
    assert.same({ 502, nil }, { response.status, response.fields.connection })
    line.server:expect_closed()
    assert.equal("/probe", line:probe().target)
    assert.same({ client, 2 }, { line.client, line.backend.accepted })
  end)
end

local function is_refused_with(...)
  is_refused(table.concat({ "HTTP/1.1 200 OK", ... }, "\r\n") .. "\r\n\r\n")
end

describe("a response with", function()
  before_each(function() line = wire.new() end)
  after_each(kit.cleanup)

  describe("a length", function()
    for _, value in ipairs {
      "", "-1", "+4", "4.0", "0x4", "4,4", "4, 4", "4 4", "4;", "4a", "9223372036854775808",
      "18446744073709551616", "18446744073709551620", ("9"):rep(100),
    } do
      is_refused_with("Content-Length: " .. value)
    end
    is_refused_with("Content-Length: 4", "Content-Length: 4")
    is_refused_with("Content-Length: 4", "content-length: 44")
    is_refused_with("Content-Length : 4")
    is_refused_with("Content-Length:", " 4")
    is_refused_with("Content-Length: 4", "\t4")
    is_refused_with("Content_Length: 4")
  end)

  describe("a transfer coding", function()
    for _, value in ipairs {
      "", "gzip", "identity", "chunked, chunked", "gzip, chunked", "chunked, gzip", "chunked,",
      "chunked;a=b", "\"chunked\"", "xchunked", "chunked\x0b", "\x0bchunked", "chunked\xa0",
    } do
      is_refused_with("Transfer-Encoding: " .. value)
    end
    is_refused_with("Transfer-Encoding: chunked", "Transfer-Encoding: chunked")
    is_refused_with("Transfer-Encoding: chunked", "transfer-encoding: identity")
    is_refused_with("Transfer-Encoding : chunked")
    is_refused_with("Transfer-Encoding:", " chunked")
    is_refused("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
  end)

  describe("a length and a coding", function()
    is_refused_with("Content-Length: 4", "Transfer-Encoding: chunked")
    is_refused_with("Transfer-Encoding: chunked", "Content-Length: 4")
    is_refused_with("TRANSFER-ENCODING: chunked", "X: y", "content-length: 0")
    is_refused_with("Content-Length: 4", "Transfer-Encoding: identity")
    is_refused_with("Content-Length: x", "Transfer-Encoding: chunked")
  end)

  describe("no body, and a framing that makes no sense,", function()
    is_refused("HTTP/1.1 304 x\r\nContent-Length: x\r\n\r\n")
    is_refused("HTTP/1.1 204 x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n")
    is_refused("HTTP/1.1 103 x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n")
  end)

  describe("a Connection", function()
    is_refused_with("Connection: content-length", "Content-Length: 4")
    is_refused_with("Connection: close, Transfer-Encoding", "Transfer-Encoding: chunked")
    is_refused_with("Connection: " .. ("x,"):rep(33), "Content-Length: 4")
    is_refused_with("Connection: a b", "Content-Length: 4")
  end)

  describe("a status line", function()
    for _, start in ipairs {
      "", "hello", "<html>", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1  200 OK", "HTTP/1.1 20",
      "HTTP/1.1 2", "HTTP/1.1 2000 OK", "HTTP/1.1 200OK", "HTTP/1.1 0200 OK", "HTTP/1.1 +20 OK",
      "HTTP/1.1 2x0 OK", "HTTP/1.1 000 OK", "HTTP/1.1 099 OK", "HTTP/1.1 600 OK", "HTTP/1.1 999 OK",
      "HTTP/1.1 -20 OK", "HTTP/1.1\t200 OK", "HTTP/1.1 200\tOK", " HTTP/1.1 200 OK",
      "HTTP/1.1 200 O\0K", "HTTP/1.1 200 \0", "HTTP/1.1 200 \x7fOK", "HTTP/1.1 200 \1OK",
      "http/1.1 200 OK", "HTTP/2 200", "HTTP/2.0 200 OK", "HTTP/0.9 200 OK",
      "HTTP/1.10 200 OK", "HTTP/1 200 OK", "ICY 200 OK", "HXXP/1.1 200 OK", "HTTP/1.1x200 OK",
      "XHTTP/1.1 200 OK", "GET / HTTP/1.1", "A: b",
    } do
      is_refused(start .. "\r\nContent-Length: 4\r\n\r\n")
    end
    is_refused("HTTP/1.1 200 OK\nContent-Length: 4\r\n\r\n")
    is_refused("HTTP/1.1 200 OK\rContent-Length: 4\r\n\r\n")
    is_refused("HTTP/1.1 200 OK\r\r\nContent-Length: 4\r\n\r\n")
    is_refused("\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
    is_refused(("x"):rep(40000))
    is_refused("220 mail.example ready\r\n")
    is_refused("HTTP/1.1 200OK\r\nContent-Length: ")
  end)

  describe("a field", function()
    for _, field in ipairs {
      "A", "A b", ":", ": b", " A: b", "A : b", "A\t: b", "A b: c", "A(b): c", "A\x80: b", "A\0: b",
      "A: \0", "A: b\0", "A:\1b", "A: \x7f", "A: b\rc", "A: b\nC: d", "A: b\r\n c", "A: b\r\n\tc",
      "A: b\r", "\rA: b", "A: b\n", "\nA: b", "HTTP/1.1 200 OK", "Keep_Alive: 1",
    } do
      is_refused_with("Content-Length: 4", field)
      is_refused_with(field, "Content-Length: 4")
    end
  end)
end)
