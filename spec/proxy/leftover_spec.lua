-- What a backend says behind the end of its response: it is never taken for the next one.

local kit = require "spec.support.kit"
local wire = require "spec.support.wire"

local OK = "HTTP/1.1 200 OK\r\n"
local TRAP = OK .. "Content-Length: 4\r\n\r\ntrap"

-- Method of the request, a complete response, and the body that the client is to see.
local COMPLETE = {
  ["its length"] = { "GET", OK .. "Content-Length: 2\r\n\r\nok", "ok" },
  ["a length of zero"] = { "GET", OK .. "Content-Length: 0\r\n\r\n", "" },
  ["the last chunk"] = { "GET",
    OK .. "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "ok" },
  ["the trailers"] = { "GET", OK .. "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n", "" },
  ["the head of 204"] = { "GET", "HTTP/1.1 204 x\r\nContent-Length: 63\r\n\r\n", "" },
  ["the head of 304"] = { "GET", "HTTP/1.1 304 x\r\nContent-Length: 63\r\n\r\n", "" },
  ["the head for HEAD"] = { "HEAD", OK .. "Content-Length: 63\r\n\r\n", "" },
  ["the head for HEAD, chunked"] = { "HEAD", OK .. "Transfer-Encoding: chunked\r\n\r\n", "" },
}

local MORE = { ["another response"] = TRAP, ["an empty line"] = "\r\n", ["a byte"] = "x",
  ["a chunk"] = "5\r\nhello\r\n0\r\n\r\n", ["much"] = TRAP:rep(5000) }

describe("a backend that says more", function()
  local line

  before_each(function() line = wire.new() end)
  after_each(kit.cleanup)

  for place, case in pairs(COMPLETE) do
    local method, response, body = table.unpack(case)
    local request = method .. " / HTTP/1.1\r\nHost: x\r\n\r\n"

    for what, more in pairs(MORE) do
      it(("behind %s is not heard: %s"):format(place, what), function()
        line:ask(request)
        local client, server = line.client, line.server
        server:post(response .. more)
        assert.equal(body, line:answer().body)
        server:expect_closed()
        assert.equal("/probe", line:probe().target)
        assert.same({ client, 2 }, { line.client, line.backend.accepted })
      end)
    end

    it(("behind %s is not heard later either"):format(place), function()
      line:ask(request)
      local server = line.server
      assert.equal(body, line:answer(response).body)
      server:send(TRAP)
      server:expect_closed()
      assert.equal("/probe", line:probe().target)
      assert.equal(2, line.backend.accepted)
    end)
  end

  -- Sizes of a body and a response that end where a read may end, or that pass without being read.
  for _, size in ipairs { 24 * 1024 - 42, 80 * 1024 - 42, 131072, 200000, 500000, 1048576 } do
    it(("behind a large body is not heard by who asks at once: %d bytes"):format(size), function()
      local request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
      local response = (OK .. "Content-Length: %-6d\r\n\r\n"):format(size)
      for _ = 1, 5 do
        line:ask(request .. request)
        line.server:post(response .. ("b"):rep(size) .. TRAP)
        assert.equal(size, #line:answer().body)
        line.server:expect_closed()
        line:ask()
        assert.equal("ok", line:answer(OK .. "Content-Length: 2\r\n\r\nok").body)
      end
    end)
  end

  it("behind 1xx is heard: it must be the final response", function()
    for _, more in ipairs { "x", "5\r\nhello\r\n0\r\n\r\n", "hello\r\n\r\n" } do
      line:ask "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
      local server = line.server
      server:send("HTTP/1.1 103 x\r\nContent-Length: " .. #more .. "\r\n\r\n" .. more .. TRAP)
      assert.equal(103, line:answer().status)
      assert.equal(502, line:answer().status)
      server:expect_closed()
      line:probe()
    end
  end)

  it("before it was asked anything is not heard by who comes then", function()
    line:probe()
    line.server:send(TRAP)
    line.server:expect_closed()
    line:connect()
    assert.equal("/probe", line:probe().target)
    assert.equal(2, line.backend.accepted)
  end)
end)
