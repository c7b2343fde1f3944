-- How the kit reads and prints messages.

local kit = require "spec.support.kit"
local selftest = require "spec.support.selftest"

local assert_fails, pair = selftest.assert_fails, selftest.pair

describe("the kit", function()
  after_each(kit.cleanup)

  describe("reads messages:", function()
    -- A connection on which BYTES come, and then the end.
    local function conn_with(bytes)
      local client, server = pair()
      client:send(bytes)
      client:shutdown()
      return server
    end

    local function message_of(bytes, options)
      return conn_with(bytes):read_message(options)
    end

    it("the head of a request", function()
      local client, server = pair()
      client:send("POST /a?b HTTP/1.1\r\nHost: x\r\nA: 1\r\na:2 \r\n\r\nbody")
      local head = server:read_head()
      assert.same({ "POST", "/a?b", "HTTP/1.1" }, { head.method, head.target, head.version })
      assert.same({ host = "x", a = { "1", "2" } }, head.fields)
      assert.same({ "Host", "A", "a" }, head.names)
      assert.equal("POST /a?b HTTP/1.1", head.line)
      assert.equal("body", server:read(4))
    end)

    it("a body by its length", function()
      local conn = conn_with("HTTP/1.0 200 \r\nContent-Length: 4\r\n\r\nbodyrest")
      local response = conn:read_message()
      assert.same({ 200, "", "length", "body" },
        { response.status, response.reason, response.framing, response.body })
      assert.equal("rest", conn:read_all())
    end)

    it("a body in chunks", function()
      local request = message_of(kit.request {
        method = "PUT", body = { "one", "twotwo" }, trailers = { Sum = "9" },
      })
      assert.same({ "chunked", "onetwotwo", { 3, 6 }, { sum = "9" } },
        { request.framing, request.body, request.chunks, request.trailers })
    end)

    it("a body up to the end", function()
      local response = message_of("HTTP/1.1 200 OK\r\n\r\nall of it")
      assert.same({ "close", "all of it" }, { response.framing, response.body })
    end)

    it("no body where there is none", function()
      assert.equal("none", message_of("GET / HTTP/1.1\r\n\r\n").framing)
      assert.equal("none", message_of("HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n").framing)
      local response = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
      assert.equal("none", message_of(response, { head_of = "HEAD" }).framing)
      assert.equal("none", message_of(response, { head_of = "CONNECT" }).framing)
    end)

    it("nothing odd", function()
      local post, chunked = "POST / HTTP/1.1\r\n", "Transfer-Encoding: chunked\r\n"
      local length = "Content-Length: 1\r\n"
      local odd = {
        ["neither a request line nor"] = "GET  / HTTP/1.1\r\n\r\n",
        ['status line: "HTTP/1.1 200"'] = "HTTP/1.1 200\r\n\r\n",
        ['status line: "GET / HTTP/2.0"'] = "GET / HTTP/2.0\r\n\r\n",
        ["bare CR or LF"] = post .. "A: b\nC: d\r\n\r\n",
        ['not a field: "A : b"'] = post .. "A : b\r\n\r\n",
        ['not a field: " folded"'] = post .. "A: b\r\n folded\r\n\r\n",
        ['not a field: "A: \\x00"'] = post .. "A: \0\r\n\r\n",
        ["both a transfer coding and"] = post .. chunked .. length .. "\r\n",
        ["other than chunked"] = post .. "Transfer-Encoding: gzip, chunked\r\n\r\n",
        ["which is not one number"] = post .. length .. length .. "\r\n1",
        ["in HTTP/1.0"] = "HTTP/1.0 200 OK\r\n" .. chunked .. "\r\n0\r\n\r\n",
        ["announced with status 204"] = "HTTP/1.1 204 x\r\n" .. length .. "\r\n1",
        ['a chunk size: "2;a=b\\r\\n"'] = post .. chunked .. "\r\n2;a=b\r\nxx\r\n0\r\n\r\n",
        ['a chunk size: "\\r\\n"'] = post .. chunked .. "\r\n2\r\nxx\r\n\r\n",
        ["longer than its size"] = post .. chunked .. "\r\n2\r\nxxx\r\n0\r\n\r\n",
        ["in the trailers: not a field"] = post .. chunked .. "\r\n0\r\nxx\r\n\r\n",
        ["which must not be there"] = post .. chunked .. "\r\n0\r\n" .. length .. "\r\n",
        ["ended (eof) awaiting 1 bytes"] = post .. length .. "\r\n",
        ["ended (eof) awaiting \"\\r\\n\\r\\n\""] = post,
      }
      for why, bytes in pairs(odd) do
        local conn = conn_with(bytes)
        assert_fails(why, function() local _ = conn:read_message() end)
      end
    end)
  end)

  describe("prints", function()
    it("requests", function()
      assert.equal("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", kit.request {})
      assert.equal("PUT /x HTTP/1.0\r\nA: 1\r\nB: 2\r\nB: 3\r\nContent-Length: 2\r\n\r\nhi",
        kit.request {
          method = "PUT", target = "/x", version = "HTTP/1.0", host = false, body = "hi",
          fields = { B = { 2, 3 }, A = 1 },
        })
    end)

    it("responses", function()
      assert.equal("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", kit.response {})
      assert.equal("HTTP/1.1 204 No Content\r\n\r\n", kit.response { status = 204 })
      assert.equal("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
        kit.response { body = "short", fields = { { "Content-Length", 9 } } })
    end)
  end)
end)
