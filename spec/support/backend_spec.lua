-- Backends which answer in the background.

local kit = require "spec.support.kit"
local selftest = require "spec.support.selftest"

local assert_fails = selftest.assert_fails

describe("the kit has backends which", function()
  after_each(kit.cleanup)

  local function ask(conn, request)
    conn:send(kit.request(request or {}))
    return conn:read_message { head_of = request and request.method }
  end

  it("answer by themselves and remember what they were asked", function()
    local backend = kit.backend { name = "a", status = 201, fields = { Colour = "red" } }
    local conn = kit.connect(backend.addr)
    local response = ask(conn, { method = "POST", target = "/x", body = "question" })
    assert.same({ 201, "a", "red", "a" }, { response.status, response.body,
      response.fields.colour, response.fields["x-backend"] })
    assert.equal("", ask(conn, { method = "HEAD" }).body)
    assert.same({ "/x", "question" }, { backend.requests[1].target, backend.requests[1].body })
    assert.equal("HEAD", backend:wait_request(2).method)
    assert.same({ 1, 1 }, { backend.connections, backend:open_connections() })
  end)

  it("close when the request or the response says so", function()
    local backend = kit.backend { body = { "chunk", "ed" } }
    local conn = kit.connect(backend.addr)
    assert.equal("chunked", ask(conn, { fields = { Connection = "close" } }).body)
    conn:expect_eof()
    backend.fields = { connection = "close" }
    conn = kit.connect(backend.addr)
    ask(conn)
    conn:expect_eof()
  end)

  it("say to go on", function()
    local conn = kit.connect(kit.backend { body = "done" }.addr)
    conn:send("PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    assert.equal(100, conn:read_message().status)
    conn:send("hi")
    assert.equal("done", conn:read_message().body)
  end)

  it("answer as a handler says, which may wait", function()
    local released = false
    local backend = kit.backend { handler = function(request, conn)
      if request.target == "/raw" then return conn:send("raw") end
      kit.until_true(function() return released end)
      return { status = 404, body = request.target }
    end }
    local conn = kit.connect(backend.addr)
    conn:send(kit.request { target = "/slow" })
    conn:expect_silence(0.01)
    released = true
    assert.equal("/slow", conn:read_message().body)
    conn:send(kit.request { target = "/raw" })
    conn:expect("raw")
  end)

  it("do not hide what their handlers raise", function()
    local backend = kit.backend { name = "b" }
    local raised = {
      ["in backend b: oops"] = function() error("oops", 0) end,
      ["Expected objects to be equal"] = function() assert.equal(1, 2) end,
      ["backend_spec.lua:"] = function(_, conn) conn:read(1, 0.01) end,
    }
    for why, handler in pairs(raised) do
      backend.handler = handler
      local conn = kit.connect(backend.addr)
      conn:post(kit.request {})
      assert_fails(why, function() conn:expect_closed() end)
    end
  end)

  it("do not hide that a request was odd, unless it just ended", function()
    local backend = kit.backend {}
    local conn = kit.connect(backend.addr)
    conn:send("GET / HTT")
    conn:close()
    kit.until_true(function() return backend.aborted == 1 end, "an aborted request")
    kit.connect(backend.addr):post("nonsense\r\n\r\n")
    assert.error_matches(function() kit.until_true(function() end) end, "odd message: neither")
  end)

  it("stop and start again", function()
    local backend = kit.backends(2)[2]
    local conn = kit.connect(backend.addr)
    assert.equal("b", ask(conn).body)
    backend:stop()
    conn:expect_closed()
    assert_fails("ECONNREFUSED", function() local _ = kit.connect(backend.addr) end)
    backend:start()
    assert.equal("b", ask(kit.connect(backend.addr)).body)
  end)
end)
