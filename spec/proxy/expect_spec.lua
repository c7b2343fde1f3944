-- Expect: 100-continue. The proxy passes it on, and lets the backend decide.

local kit = require "spec.support.kit"
local wire = require "spec.support.wire"

local TRAP = "GET /trap HTTP/1.1\r\nHost: x\r\n\r\n"
local CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n"
local OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

local function post(...)
  return table.concat({ "POST / HTTP/1.1", "Host: x", ... }, "\r\n") .. "\r\n\r\n"
end

local LENGTH = post("Expect: 100-continue", "Content-Length: " .. #TRAP)
local CHUNKED = post("Expect: 100-Continue", "Transfer-Encoding: chunked")
local CHUNKED_TRAP = ("%x\r\n%s\r\n0\r\n\r\n"):format(#TRAP, TRAP)

describe("a client that expects 100-continue", function()
  local line

  before_each(function() line = wire.new() end)
  after_each(kit.cleanup)

  for name, request in pairs { length = { LENGTH, TRAP }, chunks = { CHUNKED, CHUNKED_TRAP } } do
    it("is told to go on by the backend, body by " .. name, function()
      line:send(request[1])
      local head = line:accept():read_head()
      assert.equal("100-continue", head.fields.expect:lower())
      line:settle()
      assert.equal("", line.client:buffered())
      assert.equal(100, line:answer(CONTINUE).status)
      line.client:send(request[2])
      assert.equal(TRAP, line.server:read_body(head).body)
      assert.equal("ok", line:answer(OK).body)
      line:probe()
      assert.equal(1, line.backend.accepted)
    end)

    it("need not wait, body by " .. name, function()
      line:send(request[1] .. request[2])
      assert.equal(TRAP, line:ask().body)
      assert.equal("ok", line:answer(OK).body)
      line:probe()
      assert.equal(1, line.backend.accepted)
    end)

    it("may be refused: its body is nobody's request, body by " .. name, function()
      line:send(request[1])
      line:accept():read_head()
      local client = line.client
      local response = line:answer "HTTP/1.1 401 Who?\r\nContent-Length: 2\r\n\r\nno"
      assert.same({ 401, "close", "no" },
        { response.status, response.fields.connection, response.body })
      line.server:expect_closed()
      client:post(request[2] .. TRAP)
      client:expect_eof()
      assert.equal("/probe", line:probe().target)
      assert.equal(2, line.backend.accepted)
    end)
  end

  it("may be told to go on late, when the body is there already", function()
    line:send(LENGTH .. TRAP)
    line:ask()
    assert.equal(100, line:answer(CONTINUE).status)
    assert.equal(200, line:answer(OK).status)
    line:probe()
  end)

  it("may be told to go on, and be refused then", function()
    line:send(LENGTH)
    line:accept():read_head()
    assert.equal(100, line:answer(CONTINUE).status)
    line.client:send(TRAP:sub(1, 5))
    line.server:expect(TRAP:sub(1, 5))
    local client = line.client
    local response = line:answer "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"
    assert.equal("close", response.fields.connection)
    client:post(TRAP:sub(6) .. TRAP)
    client:expect_eof()
    assert.equal("/probe", line:probe().target)
  end)

  it("is not heard in HTTP/1.0", function()
    line:send((LENGTH:gsub("1%.1", "1.0")))
    local head = line:accept():read_head()
    assert.is_nil(head.fields.expect)
    line.server:send(CONTINUE)
    line.client:send(TRAP)
    assert.equal(TRAP, line.server:read_body(head).body)
    assert.equal(200, line:answer(OK).status)
  end)

  it("need not have a body", function()
    for _, request in ipairs { post "Expect: 100-continue",
      post("Expect: 100-continue", "Content-Length: 0") } do
      assert.equal("100-continue", line:ask(request).fields.expect)
      assert.equal(200, line:answer(OK).status)
      line:probe()
    end
    assert.equal(1, line.backend.accepted)
  end)

  it("is told if nobody can be asked, and its body is nobody's request", function()
    local proxy = kit.proxy {
      script = 'return { listen = "127.0.0.1:0", backends = { "%s" }, health = false }',
      "127.0.0.1:" .. kit.closed_port(),
    }
    local client = proxy:connect()
    client:send(LENGTH)
    local response = client:read_message()
    assert.same({ 503, "close" }, { response.status, response.fields.connection })
    client:post(TRAP .. TRAP)
    client:expect_eof()
  end)
end)

describe("a client that expects something else", function()
  after_each(kit.cleanup)

  for _, value in ipairs { "200-ok", "100-continue, x", "100-continue;a=b" } do
    it(("is refused: %q"):format(value), function()
      local line = wire.new()
      local client = line:send(post("Expect: " .. value, "Content-Length: " .. #TRAP) .. TRAP)
      local response = client:read_message()
      assert.same({ 417, "close" }, { response.status, response.fields.connection })
      client:expect_eof()
      assert.equal("/probe", line:probe().target)
      assert.equal(1, line.backend.accepted)
    end)
  end
end)

describe("a client that expects nothing", function()
  after_each(kit.cleanup)

  for _, value in ipairs { "", " ", "\t " } do
    it(("is served, though it says Expect: %q"):format(value), function()
      local line = wire.new()
      local request = line:ask(post("Expect:" .. value, "Content-Length: " .. #TRAP) .. TRAP)
      assert.equal(TRAP, request.body)
      assert.equal("ok", line:answer(OK).body)
      line:probe()
      assert.equal(1, line.backend.accepted)
    end)
  end
end)
