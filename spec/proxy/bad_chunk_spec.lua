-- Chunks that make no sense, after a head that does. The body is never completed, neither for the
-- backend nor for the client, and what stands behind is nobody's message.

local kit = require "spec.support.kit"
local wire = require "spec.support.wire"

local POST = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
local GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
local OK = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
local LAST = "0\r\n\r\n"

-- What stands behind a good first chunk "3\r\none\r\n". Each ends with the last chunk unless it is
-- within trailers.
local BAD = {}

for _, size in ipairs {
  "", " ", "x", "g", "-2", "+2", "0x2", "2 ", " 2", "2\t", "\t2", "2.", "2 2", "2,2", "'2'", "2\0",
  "\0", "\0002", "2\v", "2\x80", "\xb2", ";", ";a=b", "2 a", "2; ", "2;a ", "2;a= ", "2;a=b ",
  "2;a\0",
  "2;a\1b", "2;a\x7f", "2;a=\"", "2;a=\"b", "2;a=\"\0\"", "2;a=\"b\\", "2;a=(b)", "2;a/b", "2;\x80",
  "2;a=b c", "10000000000000000", "8000000000000002", "ffffffffffffffff", "fffffffffffffffe",
  "100000000000000002", "0000000000000002", ("0"):rep(1000) .. "2",
  ("f"):rep(1000), "2;" .. ("x"):rep(20000),
} do
  BAD[#BAD + 1] = size .. "\r\nhi\r\n" .. LAST
end

for _, bytes in ipairs {
  -- ends of lines
  "2\nhi\r\n" .. LAST, "2\rhi\r\n" .. LAST, "2\r\r\nhi\r\n" .. LAST, "2\n\r\nhi\r\n" .. LAST,
  "2;a\nhi\r\n" .. LAST, "2;a\r\r\nhi\r\n" .. LAST, "2;a\n\r\nhi\r\n" .. LAST,
  "\r\n2\r\nhi\r\n" .. LAST, "2;a=\"b\nc\"\r\nhi\r\n" .. LAST, "2;a=\"b\r\nc\"\r\nhi\r\n" .. LAST,
  -- data that is longer or shorter than its size
  "2\r\nhi" .. LAST, "2\r\nhi\n" .. LAST, "2\r\nhi\r" .. LAST, "2\r\nhi\n\r" .. LAST,
  "2\r\nhi\r\r\n" .. LAST, "2\r\nhi\r\n\r\n" .. LAST, "2\r\nhigh\r\n" .. LAST, "2\r\nhiXX" .. LAST,
  "2\r\nh\r\n" .. LAST, "2\r\nhi \r\n" .. LAST, "2\r\nhi\0\0" .. LAST, "1\r\n\r\n\r\n" .. LAST,
  -- the last chunk
  "0\n\r\n", "0\r\r\n\r\n", "0\r\n\n", "0\r\n\rX", "0 \r\n\r\n", "0x\r\n\r\n", "-0\r\n\r\n",
  "0\r\nX", "0\r\n 0\r\n\r\n",
  -- trailers
  "0\r\nA\r\n\r\n", "0\r\nA : b\r\n\r\n", "0\r\n A: b\r\n\r\n", "0\r\n: b\r\n\r\n",
  "0\r\nA: b\n\r\n", "0\r\nA: b\r\r\n\r\n", "0\r\nA: \0\r\n\r\n", "0\r\nA: b\x7f\r\n\r\n",
  "0\r\nA: b\r\n c\r\n\r\n", "0\r\nA: b\r\n\tc\r\n\r\n", "0\r\nA(b): c\r\n\r\n",
  "0\r\nA\0: b\r\n\r\n", "0\r\n\0\r\n\r\n", "0\r\nA: b\r\n\n", "0\r\nA: b\r\n\r\r\n",
  "0\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", "0\r\nA: " .. ("b"):rep(20000) .. "\r\n\r\n",
  "0\r\n" .. ("A: b\r\n"):rep(4000) .. "\r\n",
  "0\r\n" .. ("A: b\r\n"):rep(101) .. "\r\n",
} do
  BAD[#BAD + 1] = bytes
end

-- Many extensions, each of which would do.
BAD[#BAD + 1] = ("1;" .. ("x"):rep(100) .. "\r\ny\r\n"):rep(200) .. LAST

describe("a chunk that makes no sense", function()
  local line

  before_each(function() line = wire.new() end)
  after_each(kit.cleanup)

  local function assert_not_completed(conn)
    local rest = conn:drain()
    assert.is_nil(rest:find("\r\n0\r\n", 1, true), kit.show(rest))
    assert.is_nil(rest:find("trap", 1, true), kit.show(rest))
  end

  for i, bytes in ipairs(BAD) do
    local name = ("(%d) %s"):format(i, kit.show(bytes, 60))

    it("does not complete a request: " .. name, function()
      line:send(POST .. "3\r\none\r\n")
      local server = line:accept()
      server:read_until "3\r\none\r\n"
      local client = line.client
      client:post(bytes .. "GET /trap HTTP/1.1\r\nHost: x\r\n\r\n")
      local response = client:read_message()
      assert.same({ 400, "close" }, { response.status, response.fields.connection })
      client:expect_eof()
      assert_not_completed(server)
      assert.equal("/probe", line:probe().target)
      assert.equal(2, line.backend.accepted)
    end)

    it("does not complete a response: " .. name, function()
      line:ask(GET)
      line.server:send(OK .. "3\r\none\r\n")
      local client = line.client
      client:read_until "3\r\none\r\n"
      line.server:post(bytes .. "HTTP/1.1 200 trap\r\nContent-Length: 0\r\n\r\n")
      assert_not_completed(client)
      line.server:expect_closed()
      assert.equal("/probe", line:probe().target)
      assert.equal(2, line.backend.accepted)
    end)
  end
end)
