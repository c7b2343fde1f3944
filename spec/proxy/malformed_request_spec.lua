-- Requests that are none by the grammar. Each is refused, the connection is closed, and nothing of
-- it, nor of what stands behind it, reaches a backend.

local kit = require "spec.support.kit"
local wire = require "spec.support.wire"

local TRAP = "GET /trap HTTP/1.1\r\nHost: x\r\n\r\n"

local function is_refused(bytes, status)
  it(("is refused: %s"):format(kit.show(bytes, 80)), function()
    local line = wire.new()
    local client = line:send(bytes .. TRAP)
    local response = client:read_message()
    assert.same({ status or 400, "close" }, { response.status, response.fields.connection })
    client:expect_eof()
    assert.equal("/probe", line:probe().target)
    assert.equal(1, line.backend.accepted)
  end)
end

describe("a request line", function()
  after_each(kit.cleanup)

  for _, start in ipairs {
    "", " ", "GET", "GET ", "GET /", "GET / ", "GET  / HTTP/1.1", "GET /  HTTP/1.1",
    " GET / HTTP/1.1", "\tGET / HTTP/1.1", "GET\t/ HTTP/1.1", "GET /\tHTTP/1.1", "GET / HTTP/1.1 ",
    "GET / HTTP/1.1\t", "GET / HTTP/1.1 x", "GET / / HTTP/1.1", "/ HTTP/1.1", " / HTTP/1.1",
    "GET HTTP/1.1", "GE\0T / HTTP/1.1", "GET\0 / HTTP/1.1", "GET /\0 HTTP/1.1", "GET / HTTP/1.1\0",
    "\0GET / HTTP/1.1", "GET / HTTP/1.1\1", "GET / HT\x7fTP/1.1", "G\x80T / HTTP/1.1",
    "(GET) / HTTP/1.1", "G@T / HTTP/1.1", "G:T / HTTP/1.1", "\"GET\" / HTTP/1.1",
    "GET,POST / HTTP/1.1", "GET / http/1.1", "GET / Http/1.1", "GET / HTTP/1", "GET / HTTP/1.",
    "GET / HTTP/.1", "GET / HTTP/1.10", "GET / HTTP/1.1.1", "GET / HTTP/01.1", "GET / HTTP/11",
    "GET / HTTP/1,1", "GET / HTTP /1.1", "GET / HTTP/ 1.1", "GET / HTTP/1.x", "GET / HTTP/+1.1",
    "GET / HTTP/-1.1", "GET / HTTPS/1.1", "GET / HTTP", "GET / ICE/1.0", "GET / HXXP/1.1",
    "GET / XHTTP/1.1", "GET / HTTP/1.\xb1", "HTTP/1.1 200 OK", "Host: y", "{}",
  } do
    is_refused(start .. "\r\nHost: x\r\n\r\n")
  end

  for _, version in ipairs { "0.9", "0.0", "2.0", "2.1", "3.0", "9.9" } do
    is_refused("GET / HTTP/" .. version .. "\r\nHost: x\r\n\r\n", 505)
  end

  is_refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505)
  is_refused("GET /\r\n\r\n")
  is_refused("GET / HTTP/1.1\nHost: x\n\n")
  is_refused("GET / HTTP/1.1\nHost: x\r\n\r\n")
  is_refused("GET / HTTP/1.1\r\r\nHost: x\r\n\r\n")
  is_refused("GET / HTTP/1.1\rHost: x\r\n\r\n")
  is_refused("GET /\r HTTP/1.1\r\nHost: x\r\n\r\n")
  is_refused("GET /\n HTTP/1.1\r\nHost: x\r\n\r\n")
  is_refused("GET / \rHTTP/1.1\r\nHost: x\r\n\r\n")
  is_refused("\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
  is_refused("\rGET / HTTP/1.1\r\nHost: x\r\n\r\n")
  is_refused("\r\n\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
  is_refused("\r\n GET / HTTP/1.1\r\nHost: x\r\n\r\n")
  is_refused("\xef\xbb\xbfGET / HTTP/1.1\r\nHost: x\r\n\r\n")
  is_refused("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
  is_refused("\x05\x01\x00")
  is_refused("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n\r\n")

  it("that is bad is refused at once, whatever comes behind it and when", function()
    local line = wire.new()
    for bytes, status in pairs {
      ["GET /\r\n"] = 400, ["HEAD / \r\n"] = 400, ["SSH-2.0-OpenSSH_9.2\r\n"] = 400,
      ["HELO x\r\n"] = 400, ["PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n"] = 400,
      ["GET / HTTP/2.0\r\n"] = 505, ["GET / HTTP/2.0\r\nHost: x\nX: y\r\n\r\n"] = 505,
      ["\r\nGET / HTTP/0.9\r\nHost:"] = 505,
    } do
      local head = { head_of = bytes:match "^HEAD" }
      line:connect():send(bytes)
      local response = line.client:read_message(head)
      assert.same({ status, "close" }, { response.status, response.fields.connection }, bytes)
      line.client:expect_eof()
      line:connect()
      for i = 1, #bytes do
        if line.client.inbox.size == 0 then line.client:send(bytes:sub(i, i)) end
        line:settle()
      end
      assert.equal(status, line.client:read_message(head).status, bytes)
    end
    line:probe()
    assert.equal(1, line.backend.accepted)
  end)
end)

describe("a field line", function()
  after_each(kit.cleanup)

  local function is_refused_among_others(field)
    is_refused("GET / HTTP/1.1\r\nHost: x\r\n" .. field .. "\r\nX: y\r\n\r\n")
  end

  for _, field in ipairs {
    "A", "A b", "no colon at all", ":", ": b", ":b", " A: b", "\tA: b", "A : b", "A\t: b", "A b: c",
    "A,B: c", "A;: b", "A(b): c", "A\"b\": c", "A@b: c", "A/b: c", "A[b]: c", "A{b}: c", "A=b: c",
    "A?: b", "A<b>: c", "A\\b: c", "A\x80: b", "\xc3\xa4: b", "A\x7f: b", "GET / HTTP/1.1",
    "HTTP/1.1 200 OK",
  } do
    is_refused_among_others(field)
  end

  for _, odd in ipairs { "\0", "\1", "\a", "\b", "\v", "\f", "\x1b", "\x1f", "\x7f", "\r", "\n" } do
    is_refused_among_others("A" .. odd .. ": b")
    is_refused_among_others("A:" .. odd .. "b")
    is_refused_among_others("A: " .. odd .. "b")
    is_refused_among_others("A: b" .. odd)
    is_refused_among_others("A: b" .. odd .. "c")
    is_refused_among_others(odd .. "A: b")
  end

  for _, folded in ipairs {
    "A: b\r\n c", "A: b\r\n\tc", "A:\r\n b", "A: b\r\n \r\n", "A: b\r\n\t", "A: b\r\n : c",
    "A: b\r\n C: d", "Cookie: a\r\n  b\r\n c",
  } do
    is_refused_among_others(folded)
  end

  for _, ending in ipairs { "\n", "\r", "\r\r\n", "\n\r", "\n\n", "\r\r", "\r\n\n", "\r\n\r" } do
    is_refused("GET / HTTP/1.1\r\nHost: x" .. ending .. "X: y\r\n\r\n")
    is_refused("GET / HTTP/1.1\r\nHost: x\r\nX: y" .. ending)
  end

  is_refused("GET / HTTP/1.1\r\n Host: x\r\n\r\n")
  is_refused("GET / HTTP/1.1\r\n \r\nHost: x\r\n\r\n")
  is_refused("GET / HTTP/1.1\r\nHost: x\r\n \r\n\r\n")
end)
