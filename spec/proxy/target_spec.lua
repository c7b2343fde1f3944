-- What a request may be for, and how that is told to the backend.

local kit = require "spec.support.kit"
local wire = require "spec.support.wire"

local OK = "HTTP/1.1 204 No Content\r\n\r\n"

describe("a target", function()
  local line

  before_each(function() line = wire.new() end)
  after_each(kit.cleanup)

  local function assert_becomes(method, target, expected, host)
    local request = line:ask(("%s %s HTTP/1.1\r\nHost: x\r\n\r\n"):format(method, target))
    assert.same({ method, expected, host, host }, { request.method, request.target,
      request.fields.host, request.fields["x-forwarded-host"] }, target)
    assert.equal(204, line:answer(OK).status)
  end

  it("that is a path goes through as it came", function()
    for _, target in ipairs {
      "/", "//", "//evil.org/x", "/a/../../b/./c", "/a%2e%2E%2f%00%zz%", "/?", "/a?b?c",
      "/a:b@c;d,e", "/http://y/", "/a\\b|c^d`e{f}\"<>", "/" .. ("long"):rep(3500), "/*",
      "/~a!$&'()*+=_-.",
    } do
      assert_becomes("GET", target, target, "x")
    end
  end)

  it("that is absolute becomes a path, and its host the Host", function()
    for target, expected in pairs {
      ["http://y"] = { "/", "y" }, ["http://y/"] = { "/", "y" },
      ["HTTP://Y.Org/A"] = { "/A", "Y.Org" },
      ["http://y:80/a?b"] = { "/a?b", "y:80" }, ["http://y?a/b"] = { "/?a/b", "y" },
      ["http://y:/"] = { "/", "y:" }, ["http://[::1]:8080/a"] = { "/a", "[::1]:8080" },
      ["http://y//z"] = { "//z", "y" }, ["http://y/http://z/"] = { "/http://z/", "y" },
    } do
      assert_becomes("GET", target, expected[1], expected[2])
      assert_becomes("POST", target, expected[1], expected[2])
    end
  end)

  it("that is absolute gives HTTP/1.0 a Host too", function()
    local request = line:ask "GET http://y/a HTTP/1.0\r\n\r\n"
    assert.same({ "/a", "y", "y" }, { request.target, request.fields.host,
      request.fields["x-forwarded-host"] })
  end)

  it("that is absolute still needs a Host in HTTP/1.1", function()
    line:send "GET http://y/a HTTP/1.1\r\n\r\n"
    assert.equal(400, line.client:read_message().status)
  end)

  it("may be an asterisk with OPTIONS", function()
    assert_becomes("OPTIONS", "*", "*", "x")
    assert_becomes("OPTIONS", "http://y", "*", "y")
    assert_becomes("OPTIONS", "http://y/", "/", "y")
    assert_becomes("OPTIONS", "/a", "/a", "x")
  end)

  it("may come with any Host", function()
    for _, host in ipairs { "y", "y:8080", "y:", "1.2.3.4:1", "[::1]", "[fe80::1]:65535", "a_b-c.d",
      "xn--e1afmkfd.example", "a!$&'*+~", ("h"):rep(250) } do
      local request = line:ask("GET / HTTP/1.1\r\nHost: " .. host .. "\r\n\r\n")
      assert.equal(host, request.fields.host)
      line:answer(OK)
    end
  end)

  it("of OPTIONS is not passed on when Max-Forwards is 0, and counted down before", function()
    local request = line:ask("OPTIONS /a HTTP/1.1\r\nHost: x\r\nMax-Forwards: 10\r\n\r\n")
    assert.equal("9", request.fields["max-forwards"])
    line:answer(OK)
    request = line:ask("GET /a HTTP/1.1\r\nHost: x\r\nMax-Forwards: 0\r\n\r\n")
    assert.equal("0", request.fields["max-forwards"])
    line:answer(OK)
    line.client:send("OPTIONS * HTTP/1.1\r\nHost: x\r\nMax-Forwards: 0\r\n\r\n")
    local response = line.client:read_message()
    assert.equal(200, response.status)
    assert.equal("", response.body)
    line:probe()
  end)
end)

describe("a bad target", function()
  after_each(kit.cleanup)

  local function is_refused(status, start)
    it(("is refused: %q"):format(start), function()
      local line = wire.new()
      local client = line:send(start .. " HTTP/1.1\r\nHost: x\r\n\r\n")
      local response = client:read_message()
      assert.same({ status, "close" }, { response.status, response.fields.connection })
      client:expect_eof()
      assert.equal("/probe", line:probe().target)
      assert.equal(1, line.backend.accepted)
    end)
  end

  for _, target in ipairs {
    "", "x", "a/b", "x:80", "?a", "*", "*a", "/a#b", "#", "http:", "http:/", "http://", "http:///a",
    "http://?a", "http://y#a", "http://u@y/", "http://u:p@y/", "http://y@/", "http://y:80:80/",
    "http://y:a/", "http://y:65536/", "http://y:-1/", "http://[::1/", "http://[]/", "http://[x]/",
    "http://[::1]x/", "http://a,b/", "http://a\\b/", "http://a|b/", "https://y/", "ftp://y/",
    "ws://y/", "file:///etc/passwd", "javascript:x", "/a\x80", "/\xc3\xa4", "/a\tb", "/a\x7f",
    "http://y\x80/", "http://" .. ("h"):rep(300) .. "/",
  } do
    is_refused(400, "GET " .. target)
  end

  is_refused(400, "OPTIONS *a")
  is_refused(400, "OPTIONS **")
  is_refused(400, "OPTIONS ")
  is_refused(501, "CONNECT y:80")
  is_refused(501, "CONNECT /")
  is_refused(501, "CONNECT http://y/")
  is_refused(501, "TRACE /")
  is_refused(501, "TRACE *")

  it("for a tunnel leads to none, whatever follows", function()
    local line = wire.new()
    local client = line:send("CONNECT y:80 HTTP/1.1\r\nHost: y:80\r\nContent-Length: 5\r\n\r\n" ..
      "hello" .. "GET /trap HTTP/1.1\r\nHost: x\r\n\r\n")
    assert.equal(501, client:read_message().status)
    client:expect_eof()
    assert.equal("/probe", line:probe().target)
    assert.equal(1, line.backend.accepted)
  end)
end)
