-- Heads of requests which two recipients could read differently. Each is refused, the connection is
-- closed, and nothing of it, nor of what stands behind it, reaches a backend.

local kit = require "spec.support.kit"
local wire = require "spec.support.wire"

local TRAP = "GET /trap HTTP/1.1\r\nHost: x\r\n\r\n"

describe("a request", function()
  after_each(kit.cleanup)

  local function is_refused(what, bytes, status)
    it("is refused " .. what, function()
      local line = wire.new()
      local client = line:send(bytes .. TRAP)
      local response = client:read_message()
      assert.same({ status or 400, "close" }, { response.status, response.fields.connection })
      client:expect_eof()
      assert.equal("/probe", line:probe().target)
      assert.equal(1, line.backend.accepted)
    end)
  end

  local function post(version, ...)
    return table.concat({ "POST / " .. version, "Host: x", ... }, "\r\n") .. "\r\n\r\n"
  end

  -- With a body that fits any framing.
  local function is_refused_with(status, ...)
    local what = ("with %q"):format(table.concat({ ... }, "\r\n"))
    is_refused(what, post("HTTP/1.1", ...) .. "3\r\nabc\r\n0\r\n\r\n", status)
  end

  describe("with a length", function()
    for _, value in ipairs {
      "", " ", "-1", "-0", "+3", "3.0", "0x3", "3,3", "3, 3", "3 3", "3;", "3a", "a3", "3e0", "'3'",
      "9223372036854775808", "18446744073709551615", "18446744073709551616",
      "18446744073709551619", "4294967296x", ("9"):rep(100), "\xef\xbc\x93", "\xb3",
    } do
      is_refused_with(400, "Content-Length: " .. value)
    end
    is_refused_with(400, "Content-Length: 3", "Content-Length: 3")
    is_refused_with(400, "Content-Length: 3", "content-length: 13")
    is_refused_with(400, "Content-Length: 0", "X: y", "CONTENT-LENGTH: 3")
    is_refused_with(400, "Content-Length: 3", "Content-Length:")
    is_refused_with(400, "Content-Length : 3")
    is_refused_with(400, "Content-Length\t: 3")
    is_refused_with(400, " Content-Length: 3")
    is_refused_with(400, "Content-Length:", " 3")
    is_refused_with(400, "Content-Length: 3", " 3")
    is_refused_with(400, "Content_Length: 3")
    is_refused_with(400, "content-length_: 3", "Content-Length: x")
  end)

  describe("with a transfer coding", function()
    for _, value in ipairs {
      "", "chunked, chunked", "gzip, chunked", "chunked, gzip", "identity, chunked", "chunked,",
      ",chunked", "chunked;a=b", "chunked ;", "\"chunked\"", "'chunked", "chunked chunked",
      "x chunked", "chunked\xa0", "\xa0chunked", "chunked=", "ch\xfcnked",
    } do
      is_refused_with(value:find "'" and 501 or 400, "Transfer-Encoding: " .. value)
    end
    for _, value in ipairs { "gzip", "identity", "xchunked", "chunkedx", "chunk", "x" } do
      is_refused_with(501, "Transfer-Encoding: " .. value)
    end
    is_refused_with(400, "Transfer-Encoding: chunked", "Transfer-Encoding: chunked")
    is_refused_with(400, "Transfer-Encoding: chunked", "transfer-encoding: identity")
    is_refused_with(400, "Transfer-Encoding: identity", "Transfer-Encoding: chunked")
    is_refused_with(400, "Transfer-Encoding:", "Transfer-Encoding: chunked")
    is_refused_with(400, "Transfer-Encoding : chunked")
    is_refused_with(400, "Transfer-Encoding\t: chunked")
    is_refused_with(400, " Transfer-Encoding: chunked")
    is_refused_with(400, "X: y", " Transfer-Encoding: chunked")
    is_refused_with(400, "Transfer-Encoding:", " chunked")
    is_refused_with(400, "Transfer-Encoding: chunked", "\tgzip")
    is_refused_with(400, "Transfer_Encoding: chunked")
    is_refused_with(400, "X: y\nTransfer-Encoding: chunked")
    is_refused_with(400, "X: y\rTransfer-Encoding: chunked")
    is_refused_with(400, "Transfer\x00-Encoding: chunked")
    is_refused("in HTTP/1.0", post("HTTP/1.0", "Transfer-Encoding: chunked") .. "0\r\n\r\n")
    is_refused("in HTTP/1.0, kept", post("HTTP/1.0", "Connection: keep-alive",
      "Transfer-Encoding: chunked") .. "0\r\n\r\n")
  end)

  describe("with a length and a coding", function()
    is_refused_with(400, "Content-Length: 3", "Transfer-Encoding: chunked")
    is_refused_with(400, "Transfer-Encoding: chunked", "Content-Length: 3")
    is_refused_with(400, "content-length: 0", "X: y", "TRANSFER-ENCODING: CHUNKED")
    is_refused_with(400, "Transfer-Encoding: chunked", "Content-Length: x")
    is_refused_with(400, "Content-Length: 3", "Transfer-Encoding: identity")
    is_refused_with(400, "Transfer-Encoding: gzip", "Content-Length: 3")
    is_refused_with(400, "Content-Length: 3", "Transfer-Encoding:")
    is_refused_with(400, "Content-Length:", "Transfer-Encoding: chunked")
    is_refused("in HTTP/1.0", post("HTTP/1.0", "Content-Length: 3", "Transfer-Encoding: chunked"))
  end)

  describe("with a Host", function()
    local function get(version, ...)
      return table.concat({ "GET / " .. version, ... }, "\r\n") .. "\r\n\r\n"
    end

    is_refused("that is missing", get("HTTP/1.1", "X: y"))
    is_refused("that is missing, among no other fields", get "HTTP/1.1")
    is_refused("twice", get("HTTP/1.1", "Host: x", "Host: y"))
    is_refused("twice the same", get("HTTP/1.1", "Host: x", "X: y", "HOST: x"))
    is_refused("twice, once empty", get("HTTP/1.1", "Host: x", "Host:"))
    is_refused("twice in HTTP/1.0", get("HTTP/1.0", "Host: x", "Host: x"))
    is_refused("twice with an absolute target",
      "GET http://x/ HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n")
    is_refused("that is bad with an absolute target",
      "GET http://x/ HTTP/1.1\r\nHost: a b\r\n\r\n")
    is_refused("and a space before its colon", get("HTTP/1.1", "Host : x"))
    is_refused("that is folded", get("HTTP/1.1", "Host:", " x"))
    is_refused("that goes on", get("HTTP/1.1", "Host: x", " y"))
    is_refused("that only looks like one", get("HTTP/1.1", "Host_: x"))
    for _, host in ipairs {
      "", " ", "a b", "a\tb", "a,b", "x, x", "x;", "a/b", "/", "http://x", "u@x", "u:p@x", "x?",
      "x#", "x:y", "x:80:80", "x:-1", "x:+1", "x:65536", "x:99999999999", ":80",
      "::1", "[::1", "[::1]x", "[]", "[x]", "::1]", "x\\y", "x\"", "<x>", "{x}", "x|y", "x^", "*/",
      "x\x80", "\xc3\xa4",
    } do
      is_refused(("that is %q"):format(host), get("HTTP/1.1", "Host: " .. host))
    end
  end)

  describe("whose Connection", function()
    for _, value in ipairs {
      "Content-Length", "close, content-length", "transfer-encoding", "x, TRANSFER-ENCODING",
      "host", "keep-alive,Host", "a b", "\"close\"", "close;a", "a/b", "\x80", ("x,"):rep(33),
    } do
      is_refused_with(400, "Content-Length: 3", "Connection: " .. value)
    end
  end)

  describe("with a field that looks like one we vouch for", function()
    for _, name in ipairs {
      "X_Forwarded_For", "x-forwarded_for", "X_FORWARDED-HOST", "X_Forwarded_Proto", "Keep_Alive",
      "Proxy_Connection", "Transfer_encoding", "CONTENT_LENGTH",
    } do
      is_refused_with(400, "Content-Length: 3", name .. ": 1")
    end
  end)
end)
