-- TRACE where the script allows it, and how far it and OPTIONS may go.

local kit = require "spec.support.kit"
local wire = require "spec.support.wire"

local OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

local function start(method, target, ...)
  return table.concat({ method .. " " .. target .. " HTTP/1.1", "Host: x", ... }, "\r\n") ..
    "\r\n\r\n"
end

describe("a TRACE", function()
  local line

  before_each(function() line = wire.new "allow = { trace = true }" end)
  after_each(kit.cleanup)

  local function assert_refused(status, bytes)
    local client = line:send(bytes)
    local response = client:read_message()
    assert.same({ status, "close" }, { response.status, response.fields.connection }, bytes)
    client:expect_eof()
    assert.equal("/probe", line:probe().target)
    assert.equal(1, line.backend.accepted)
  end

  it("goes to a backend, as it came, and its answer back", function()
    local request = line:ask(start("TRACE", "/a?b", "X: y"))
    assert.same({ "TRACE", "/a?b", "y", "" }, { request.method, request.target, request.fields.x,
      request.body })
    local response = line:answer("HTTP/1.1 200 OK\r\nContent-Type: message/http\r\n" ..
      "Content-Length: 5\r\n\r\nTRACE")
    assert.same({ "message/http", "TRACE" }, { response.fields["content-type"], response.body })
    line:probe()
    assert.equal(1, line.backend.accepted)
  end)

  it("is refused unless it is allowed by itself", function()
    for _, keys in ipairs { "", "allow = { trace = false }", "allow = { connect = true }" } do
      line = wire.new(keys)
      assert_refused(501, start("TRACE", "/"))
    end
  end)

  it("in other letters is refused", function()
    for _, method in ipairs { "trace", "Trace", "TRACe" } do
      assert_refused(501, start(method, "/"))
    end
  end)

  it("with a body is refused", function()
    assert_refused(400, start("TRACE", "/", "Content-Length: 4") .. "body")
    assert_refused(400, start("TRACE", "/", "Content-Length: 0"))
    assert_refused(400, start("TRACE", "/", "Transfer-Encoding: chunked") .. "0\r\n\r\n")
  end)

  it("of something that is no path is refused", function()
    for _, target in ipairs { "*", "x:80", "http://u@y/", "/a#b" } do
      assert_refused(400, start("TRACE", target))
    end
    assert.equal("/a", line:ask(start("TRACE", "http://y/a")).target)
  end)

  it("that may go no further is answered with what came, but for secrets", function()
    line:send(start("TRACE", "http://y/a?b=%20c", "max-forwards:0", "X: \t1  2 ", "Cookie: a=b",
      "AUTHORIZATION: Basic x", "proxy-authorization: y", "Cookie2: 1", "X-Auth-Token: t",
      "X-Api-Key: k", "X-CSRF-Token: c", "X-Forwarded-For: 1.1.1.1", "Via: 1.1 other"))
    local response = line.client:read_message()
    assert.same({ 200, "message/http", nil }, { response.status, response.fields["content-type"],
      response.fields.connection })
    assert.equal("TRACE /a?b=%20c HTTP/1.1\r\nHost: y\r\nmax-forwards: 0\r\nX: 1  2\r\n" ..
      "X-Forwarded-For: 1.1.1.1\r\nVia: 1.1 other\r\n\r\n", response.body)
    line:probe()
    assert.equal(1, line.backend.accepted)
  end)

  it("that may go no further may be as large as any", function()
    line:send(start("TRACE", "/", "Max-Forwards: 0", "X: " .. ("x"):rep(15000),
      "Y: " .. ("y"):rep(15000)))
    assert.is_true(#line.client:read_message().body > 30000)
    line:probe()
  end)
end)

for _, method in ipairs { "OPTIONS", "TRACE" } do
  describe("Max-Forwards of " .. method, function()
    local line

    before_each(function() line = wire.new "allow = { trace = true }" end)
    after_each(kit.cleanup)

    it("is counted down", function()
      for came, goes in pairs { ["1"] = "0", ["10"] = "9", ["007"] = "6",
        ["4294967295"] = "4294967294", ["99999999999999999999999999"] = "4294967294" } do
        local request = line:ask(start(method, "/", "Max-Forwards: " .. came))
        assert.equal(goes, request.fields["max-forwards"])
        line:answer(OK)
      end
    end)

    it("at 0 ends it here", function()
      for _, zero in ipairs { "0", "000" } do
        line:send(start(method, "/", "MAX-FORWARDS:" .. zero))
        assert.equal(200, line.client:read_message().status)
      end
      line:probe()
      assert.equal(1, line.backend.accepted)
    end)

    it("that is no number, or is there twice, is refused", function()
      for _, fields in ipairs { "Max-Forwards:", "Max-Forwards: -1", "Max-Forwards: +1",
        "Max-Forwards: 1.0", "Max-Forwards: 0x1", "Max-Forwards: 1 1", "Max-Forwards: 1, 1",
        "Max-Forwards: one", "Max-Forwards: 1\r\nmax-forwards: 1", "Max-Forwards: 0;x" } do
        local client = line:send(start(method, "/", fields))
        assert.equal(400, client:read_message().status, fields)
        client:expect_eof()
      end
      assert.equal(0, line.backend.accepted)
    end)
  end)
end

describe("Max-Forwards of other methods", function()
  after_each(kit.cleanup)

  it("does not count, whatever it says", function()
    local line = wire.new()
    for _, value in ipairs { "0", "5", "x", "" } do
      for _, method in ipairs { "GET", "options", "DELETE" } do
        local request = line:ask(start(method, "/", "Max-Forwards: " .. value))
        assert.equal(value, request.fields["max-forwards"])
        line:answer(OK)
      end
    end
  end)
end)

describe("CONNECT", function()
  after_each(kit.cleanup)

  local function assert_refused(line, status, bytes)
    local client = line:send(bytes .. "GET /trap HTTP/1.1\r\nHost: x\r\n\r\n")
    local response = client:read_message()
    assert.same({ status, "close" }, { response.status, response.fields.connection }, bytes)
    client:expect_eof()
    assert.equal("/probe", line:probe().target)
    assert.equal(1, line.backend.accepted)
  end

  it("is refused unless it is allowed", function()
    local line = wire.new "allow = { trace = true }"
    for _, method in ipairs { "CONNECT", "connect", "Connect" } do
      assert_refused(line, 501, method .. " y:80 HTTP/1.1\r\nHost: y:80\r\n\r\n")
    end
  end)

  it("where it is allowed leads to a host and a port, which Host says too", function()
    local line = wire.new "allow = { connect = true }"
    for _, target in ipairs { "y", "y:", "y:0", "y:65536", "y:x", ":80", "/", "*", "http://y:80/",
      "y:80/", "u@y:80", "[::1]", "[::1]:", "::1:80", "y:80?a", "y:80#a", "y,z:80", "%79:80" } do
      assert_refused(line, 400, "CONNECT " .. target .. " HTTP/1.1\r\nHost: y:80\r\n\r\n")
    end
    for _, host in ipairs { "y", "y:81", "z:80", "y:080" } do
      assert_refused(line, 400, "CONNECT y:80 HTTP/1.1\r\nHost: " .. host .. "\r\n\r\n")
    end
    assert_refused(line, 400, "CONNECT y:80 HTTP/1.1\r\n\r\n")
    assert_refused(line, 400, "CONNECT y:80 HTTP/1.1\r\nHost: y:80\r\nContent-Length: 0\r\n\r\n")
    assert_refused(line, 501, "connect y:80 HTTP/1.1\r\nHost: y:80\r\n\r\n")
  end)
end)
