-- Empty lines before and behind requests, such as old browsers send after the body of a POST: they
-- begin no request, so nobody can be late with it.

local kit = require "spec.support.kit"
local wire = require "spec.support.wire"

local HEAD_TIMEOUT = 0.15
local POST = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody"
local OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

describe("an empty line", function()
  local line

  -- Sends BYTES in pieces, each of which the proxy has read before the next goes.
  local function send_pieces(bytes, at)
    line:send(bytes:sub(1, at))
    line:settle()
    line.client:send(bytes:sub(at + 1))
    line:settle()
  end

  -- The connection must be there, and idle, however much time has passed.
  local function assert_idle()
    line.client:expect_silence(2 * HEAD_TIMEOUT)
    line:probe()
    assert.equal(0, #line.proxy:lines " 408 ")
  end

  before_each(function()
    line = wire.new(("timeouts = { head = %g, idle = 10 }"):format(HEAD_TIMEOUT))
  end)
  after_each(kit.cleanup)

  it("behind a body begins no request: the connection is idle, and the next one is answered",
    function()
      line:ask(POST .. "\r\n")
      assert.equal("ok", line:answer(OK).body)
      assert_idle()
      assert.equal(1, line.backend.accepted)
    end)

  for at = 0, 1 do
    it(("that comes after the response begins no request, cut at %d"):format(at), function()
      line:ask(POST)
      assert.equal("ok", line:answer(OK).body)
      send_pieces("\r\n", at)
      assert_idle()
      assert.equal(1, line.backend.accepted)
    end)
  end

  for at = 0, 3 do
    it(("or two before the first request begin none, cut at %d"):format(at), function()
      send_pieces("\r\n\r\n", at)
      assert_idle()
    end)
  end

  it("gives the next request its whole time", function()
    line:send "\r\n"
    line.client:expect_silence(0.6 * HEAD_TIMEOUT)
    line.client:send "GET /probe HTTP/1.1\r\n"
    line.client:expect_silence(0.6 * HEAD_TIMEOUT)
    line:ask "Host: x\r\n\r\n"
    assert.equal("ok", line:answer(OK).body)
  end)

  it("does not begin the time of an unfinished request anew", function()
    line:send "\r\nGET / HTTP/1.1\r\n"
    assert.equal(408, line.client:read_message().status)
  end)
end)

describe("a connection on which only an empty line has come", function()
  after_each(kit.cleanup)

  it("ends like any other without a request, and leaves no line in the access log", function()
    local line = wire.new "timeouts = { head = 0.1, idle = 0.2 }"
    line:send "\r\n"
    line.client:expect_eof()
    line.proxy:stop()
    assert.equal(0, #line.proxy:lines "access")
    assert.equal(0, #line.proxy:lines "refused 127")
  end)

  it("does not keep the proxy from ending", function()
    local line = wire.new ""
    local client = line:send "\r\n"
    line:settle()
    assert.equal(0, line.proxy:stop(1))
    client:expect_eof()
    assert.equal(0, #line.proxy:lines("access %g+:" .. client.local_port .. " "))
  end)
end)
