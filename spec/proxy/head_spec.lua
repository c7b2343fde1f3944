-- What becomes of a head on its way, byte by byte; how large it may be.

local kit = require "spec.support.kit"
local wire = require "spec.support.wire"

local OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"

describe("a head", function()
  local line

  before_each(function() line = wire.new() end)
  after_each(kit.cleanup)

  it("of a request is passed on in order and case", function()
    line:send("GET /a//b/../c;d?e=f&g=%00%2e%2F HTTP/1.1\r\n" ..
      "accept:*/*\r\nCOOKIE: a=b; c=d\r\nhost:Example.ORG:8080\r\nX-Empty:\r\nx-empty: \t \r\n" ..
      "X-Spaces: \t a  b\tc \t\r\nset-Cookie: 1\r\nX:y:z::\r\nSet-Cookie: 2\r\n" ..
      "X-8-bit: \x80\xe4\xff\r\n!#$%&'*+-.^_`|~09azAZ: token\r\n\r\n")
    local server = line:accept()
    server:expect("GET /a//b/../c;d?e=f&g=%00%2e%2F HTTP/1.1\r\n" ..
      "accept: */*\r\nCOOKIE: a=b; c=d\r\nhost: Example.ORG:8080\r\nX-Empty: \r\nx-empty: \r\n" ..
      "X-Spaces: a  b\tc\r\nset-Cookie: 1\r\nX: y:z::\r\nSet-Cookie: 2\r\n" ..
      "X-8-bit: \x80\xe4\xff\r\n!#$%&'*+-.^_`|~09azAZ: token\r\n" ..
      "Via: 1.1 luaproxy\r\nX-Forwarded-For: 127.0.0.1\r\n" ..
      "X-Forwarded-Host: Example.ORG:8080\r\nX-Forwarded-Proto: http\r\n\r\n")
    line:settle()
    assert.equal("", server:buffered())
  end)

  it("of a response is passed on in order and case", function()
    line:ask "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    line.server:send("HTTP/1.1 299 Not  quite\tOK \xe4\r\n" ..
      "date:today\r\nSET-COOKIE: a=b\r\nServer:\r\nset-cookie: c=d, e\r\nX: \t a  b\tc \t\r\n" ..
      "Set-Cookie: 3\r\nContent-length: 00\r\nX-8-bit: \x80\xff\r\n\r\n")
    line.client:expect("HTTP/1.1 299 Not  quite\tOK \xe4\r\n" ..
      "date: today\r\nSET-COOKIE: a=b\r\nServer: \r\nset-cookie: c=d, e\r\nX: a  b\tc\r\n" ..
      "Set-Cookie: 3\r\nX-8-bit: \x80\xff\r\nVia: 1.1 luaproxy\r\nContent-Length: 0\r\n\r\n")
    line:settle()
    assert.equal("", line.client:buffered())
  end)

  it("of a response may have any status, and any reason or none", function()
    for _, start in ipairs { "HTTP/1.1 200 ", "HTTP/1.1 200", "HTTP/1.0 404 !", "HTTP/1.1 599 a b",
      "HTTP/1.1 205 Reset Content", "HTTP/1.1 304 \x80" } do
      line:ask "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
      local response = line:answer(start .. "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
      local status, reason = start:match(" (%d+) ?(.*)")
      assert.same({ "HTTP/1.1", tonumber(status), reason },
        { response.version, response.status, response.reason })
    end
  end)

  it("is always of HTTP/1.1, whatever the other side speaks", function()
    assert.equal("HTTP/1.1", line:ask("GET / HTTP/1.0\r\nHost: x\r\n\r\n").version)
    local response = line:answer("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")
    assert.equal("HTTP/1.1", response.version)
  end)

  it("may come byte by byte, in both directions", function()
    local request = "\r\n\r\nGET /x HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n"
    for i = 1, #request do
      line:send(request:sub(i, i))
      line:settle()
    end
    assert.equal("b", line:ask().fields.a)
    local response = OK .. "A: b\r\n\r\n"
    for i = 1, #response do
      line.server:send(response:sub(i, i))
      line:settle()
    end
    assert.equal("b", line:answer().fields.a)
    line:probe()
    assert.equal(1, line.backend.accepted)
  end)

  it("may repeat a field many times", function()
    local many = ("Same: value\r\n"):rep(99)
    local request = line:ask("GET / HTTP/1.1\r\nHost: x\r\n" .. many .. "\r\n")
    assert.equal(99, #request.fields.same)
    assert.equal(99, #line:answer(OK .. many:sub(14) .. "Same: last\r\n\r\n").fields.same)
  end)

  it("may have long fields, in both directions", function()
    line = wire.new "limits = { field = 32768 }"
    local long = ("long "):rep(6000) .. "."
    local name = ("n"):rep(2000)
    local fields = "Long: " .. long .. "\r\n" .. name .. ": 1\r\n\r\n"
    local request = line:ask("GET / HTTP/1.1\r\nHost: x\r\n" .. fields)
    assert.is_true(request.fields.long == long and request.fields[name] == "1")
    local response = line:answer(OK .. fields)
    assert.is_true(response.fields.long == long and response.fields[name] == "1")
    line:probe()
    assert.equal(1, line.backend.accepted)
  end)
end)

describe("a head with limits", function()
  after_each(kit.cleanup)

  local REST = " HTTP/1.1\r\nHost: x\r\n\r\n"
  local line

  local function assert_refused(status, bytes)
    local client = line:connect()
    client:post(bytes)
    local response = client:read_message()
    assert.same({ status, "close" }, { response.status, response.fields.connection })
    client:expect_eof()
    line:probe()
  end

  local function assert_passed(bytes)
    line:ask(bytes)
    assert.equal(200, line:answer(OK .. "\r\n").status)
  end

  it("has as many bytes as allowed, and no more", function()
    line = wire.new "limits = { head = 1000 }"
    assert_passed("GET /" .. ("x"):rep(1000 - 5 - #REST) .. REST)
    assert_refused(431, "GET /" .. ("x"):rep(1000 - 1 - #REST) .. REST)
    assert_refused(431, "GET / HTTP/1.1\r\nHost: x\r\nA: " .. ("x"):rep(1000))
    assert_refused(431, "GET / HTTP/1.1\r\n" .. ("A: " .. ("b"):rep(95) .. "\r\n"):rep(10))
    assert_refused(414, "GET /" .. ("x"):rep(1000))
    assert_refused(414, ("x"):rep(100000))
    assert_passed("\r\n\r\nGET /" .. ("x"):rep(1000 - 5 - #REST) .. REST)
  end)

  it("has as many fields as allowed, and no more", function()
    line = wire.new "limits = { fields = 10 }"
    assert_passed("GET / HTTP/1.1\r\nHost: x\r\n" .. ("A: b\r\n"):rep(9) .. "\r\n")
    assert_refused(431, "GET / HTTP/1.1\r\nHost: x\r\n" .. ("A: b\r\n"):rep(10) .. "\r\n")
    assert_refused(431, "GET / HTTP/1.1\r\nHost: x\r\n" .. ("A: b\r\n"):rep(10))
  end)

  it("has a request line as long as allowed, and no longer", function()
    line = wire.new "limits = { line = 100 }"
    local target = "/" .. ("x"):rep(100 - #"GET / HTTP/1.1")
    assert_passed("GET " .. target .. REST)
    assert_refused(414, "GET " .. target .. "x" .. REST)
    assert_refused(414, "GET /" .. ("x"):rep(96))
  end)

  it("has fields as large as allowed, and no larger", function()
    line = wire.new "limits = { field = 100 }"
    local start, value = "GET / HTTP/1.1\r\nHost: x\r\n", ("b"):rep(100 - #"A:")
    assert_passed(start .. "A:" .. value .. "\r\n\r\n")
    assert_refused(431, start .. "A:" .. value .. "b\r\n\r\n")
    assert_refused(431, start .. "A: " .. value .. "\r\n\r\n")
    assert_refused(431, start .. ("A"):rep(101))
  end)

  it("is limited in responses too", function()
    line = wire.new "limits = { head = 1000, fields = 10 }"
    for _, fields in ipairs { "A: " .. ("x"):rep(1000), ("A: b\r\n"):rep(10) } do
      line:ask("GET /" .. REST)
      assert.equal(502, line:answer(OK .. fields .. "\r\n\r\n").status)
      line.server:expect_closed()
    end
    line:probe()
  end)

  for why, bytes in pairs {
    ["start line too long"] = "HTTP/1.1 200 " .. ("x"):rep(100) .. "\r\n\r\n",
    ["field too large"] = OK .. "A: " .. ("x"):rep(100) .. "\r\n\r\n",
  } do
    it("is limited line by line in responses too: " .. why, function()
      line = wire.new "limits = { line = 100, field = 100 }"
      line:ask("GET /" .. REST)
      assert.equal(502, line:answer(bytes).status)
      line.server:expect_closed()
      line.proxy:wait_line("warn +backend " .. line.backend.addr .. ": " .. why)
      line:probe()
    end)
  end

  it("never needs more room than there is, however large it may be", function()
    line = wire.new [[limits = { line = 49152, field = 49152, head = 49152, fields = 1000 },
      trusted = "127.0.0.1"]]
    local host = ("h"):rep(250)
    local many = ("a:\r\n"):rep(996) .. "forwarded:\r\nx-forwarded-for:" ..
      ("1"):rep(40000) .. "\r\n"
    local request = "GET http://" .. host .. " HTTP/1.1\r\nHost:x\r\n" .. many
    request = request .. "z:" .. ("z"):rep(49152 - #request - 6) .. "\r\n\r\n"
    assert.equal(49152, #request)
    assert_passed(request)
    line:ask("GET /" .. REST)
    local response = "HTTP/1.1 200\r\n" .. ("a:\r\n"):rep(999)
    response = response .. "z:" .. ("z"):rep(49152 - #response - 6) .. "\r\n\r\n"
    line.server:send(response)
    line.client:read_until "Transfer-Encoding: chunked\r\n\r\n"
  end)

  it("may have some empty lines in front, which do not count", function()
    line = wire.new "limits = { head = 256 }"
    assert_passed(("\r\n"):rep(100) .. "GET /" .. REST)
    assert_passed(("\r\n"):rep(100) .. "GET /" .. REST)
    assert_refused(400, ("\r\n"):rep(101) .. "GET /" .. REST)
    assert_refused(400, ("\r\n"):rep(100000))
  end)

  it("may not have empty lines in front without end, however slowly they come", function()
    line = wire.new ""
    line:connect()
    for _ = 1, 10 do
      line:send(("\r\n"):rep(10))
      line:settle()
    end
    assert.equal("", line.client:buffered())
    line:send "\r\n"
    assert.equal(400, line.client:read_message().status)
  end)
end)
