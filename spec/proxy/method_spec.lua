-- Methods: those that nobody knows pass like any other, as they came.

local kit = require "spec.support.kit"
local wire = require "spec.support.wire"

local OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

describe("a method", function()
  local line

  before_each(function() line = wire.new() end)
  after_each(kit.cleanup)

  local function request_of(method)
    return method .. " / HTTP/1.1\r\nHost: x\r\n\r\n"
  end

  for _, method in ipairs {
    "GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "QUERY", "PROPFIND", "MKCOL", "PURGE",
    "UPDATEREDIRECTREF", "G", "get", "Get", "post", "HEADS", "TRACES", "CONNECTS", "TUNNEL",
    "X-MS-ENUMATTS", "a!#$%&'*+-.^_`|~0", ("M"):rep(32),
  } do
    it("passes as it came: " .. method, function()
      assert.equal(method, line:ask(request_of(method)).method)
      assert.equal("ok", line:answer(OK).body)
      line:probe()
      assert.equal(1, line.backend.accepted)
    end)
  end

  -- What somebody behind the proxy could take for a method with another kind of message.
  for _, method in ipairs {
    "head", "Head", "HeAD", "trace", "Trace", "connect", "CoNNECT", ("M"):rep(33), ("M"):rep(5000),
  } do
    it("is not served: " .. method:sub(1, 40), function()
      local client = line:send(request_of(method) .. request_of "TRAP")
      local response = client:read_message()
      assert.same({ 501, "close" }, { response.status, response.fields.connection })
      client:expect_eof()
      line:probe()
      assert.equal(1, line.backend.accepted)
    end)
  end

  it("that is HEAD has an answer without a body", function()
    assert.equal("HEAD", line:ask(request_of "HEAD").method)
    local response = line:answer "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
    assert.same({ "2", "none" }, { response.fields["content-length"], response.framing })
    line:probe()
    assert.equal(1, line.backend.accepted)
  end)
end)
