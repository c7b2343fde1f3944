-- Backends which fail before anything of their answer has come: who is asked next, and what the
-- client is told if nobody is.

local kit = require "spec.support.kit"

-- The first who is left is asked; there are no checks, so that nobody is known to be down.
local SCRIPT = [[
  return {
    listen = "127.0.0.1:0", backends = { %s }, health = false, retry = { tries = %d },
    timeouts = { connect = 0.1, response = 0.1 },
    pick = function(up) return up[1] end,
  }
]]

-- A proxy before these backends, or ports.
local function proxy_before(tries, ...)
  local addrs = {}
  for i, backend in ipairs { ... } do
    addrs[i] = ("%q"):format(type(backend) == "table" and backend.addr or "127.0.0.1:" .. backend)
  end
  return kit.proxy { script = SCRIPT, table.concat(addrs, ", "), tries }
end

local function post(proxy)
  return proxy:request { method = "POST", target = "/pay", body = "one euro" }
end

local FAILURES = {
  { how = "resets", status = 502, why = "connection reset",
    handler = function(_, conn) conn:reset() end },
  { how = "closes", status = 502, why = "connection closed",
    handler = function(_, conn) conn:close() end },
  { how = "is late", status = 504, why = "response timed out", handler = function() end },
}

describe("a backend that fails before its answer", function()
  after_each(kit.cleanup)

  describe("since it refuses connections", function()
    it("costs nobody his request: another one gets it, whatever the method", function()
      local b = kit.backend { name = "b" }
      local proxy = proxy_before(2, kit.closed_port(), b)
      assert.equal("b", proxy:get("/").body)
      assert.equal("b", post(proxy).body)
      assert.same({ "GET", "POST", "one euro" },
        { b.requests[1].method, b.requests[2].method, b.requests[2].body })
      proxy:wait_line "warn +backend 127.0.0.1:%d+: connection refused, retry"
    end)

    it("leads to 503 if there is no other", function()
      local response = proxy_before(2, kit.closed_port()):get "/"
      assert.same({ 503, "text/plain" }, { response.status, response.fields["content-type"] })
      assert.matches("^503 Service Unavailable[^\n]*\n$", response.body)
    end)
  end)

  describe("since it does not accept in time", function()
    it("costs nobody his request, whatever the method", function()
      local b = kit.backend { name = "b" }
      local proxy = proxy_before(2, kit.deaf_listener(), b)
      assert.equal("b", proxy:get("/").body)
      assert.equal("b", post(proxy).body)
      proxy:wait_line "warn +backend 127.0.0.1:%d+: connect timed out, retry"
    end)

    it("leads to 504 if there is no other", function()
      local response = proxy_before(2, kit.deaf_listener()):get "/"
      assert.equal(504, response.status)
      assert.matches("^504 Gateway Timeout[^\n]*\n$", response.body)
    end)
  end)

  for _, failure in ipairs(FAILURES) do
    describe("since it " .. failure.how, function()
      local a, b, proxy

      before_each(function()
        a = kit.backend { handler = failure.handler }
        b = kit.backend { name = "b" }
      end)

      it("costs no GET: another one gets it", function()
        proxy = proxy_before(2, a, b)
        assert.equal("b", proxy:get("/x").body)
        assert.same({ "/x", "/x" }, { a.requests[1].target, b.requests[1].target })
        proxy:wait_line("warn +backend " .. a.addr .. ": " .. failure.why .. ", retry")
      end)

      it("gets a POST once, and nobody else gets it", function()
        proxy = proxy_before(3, a, b)
        assert.equal(failure.status, post(proxy).status)
        assert.equal(failure.status, proxy:request { method = "POST", body = "" }.status)
        assert.same({ 2, 0 }, { #a.requests, b.connections })
        proxy:wait_line("warn +backend " .. a.addr .. ": " .. failure.why .. "$")
      end)

      it("leads to " .. failure.status .. " if there is no other", function()
        proxy = proxy_before(2, a)
        assert.equal(failure.status, proxy:get("/").status)
        assert.equal(1, #a.requests)
      end)

      it("costs no PUT: another one gets it, with its body", function()
        proxy = proxy_before(2, a, b)
        assert.equal("b", proxy:request { method = "PUT", body = "something" }.body)
        assert.same({ "something", "something" }, { a.requests[1].body, b.requests[1].body })
      end)
    end)
  end

  it("does not keep its client: the next request on the connection is served", function()
    local a = kit.backend { handler = function(request, conn)
      if request.target == "/bad" then conn:reset() else return "good" end
    end }
    local client = proxy_before(1, a):connect()
    client:send(kit.request { target = "/bad" } .. kit.request { target = "/good" })
    assert.equal(502, client:read_message().status)
    assert.equal("good", client:read_message().body)
  end)

  it("is followed by others until the tries are used up", function()
    local reset = FAILURES[1].handler
    local a, b, c = kit.backend { handler = reset }, kit.backend { handler = reset },
      kit.backend { name = "c" }
    assert.equal("c", proxy_before(3, a, b, c):get("/").body)
    assert.equal(502, proxy_before(2, a, b, c):get("/").status)
    assert.equal(502, proxy_before(1, a, b, c):get("/").status)
    assert.same({ 3, 2, 1 }, { #a.requests, #b.requests, #c.requests })
  end)

  it("is not asked twice, however many tries there are", function()
    local reset = FAILURES[1].handler
    local a, b = kit.backend { handler = reset }, kit.backend { handler = reset }
    assert.equal(502, proxy_before(10, a, b):get("/").status)
    assert.same({ 1, 1 }, { #a.requests, #b.requests })
  end)

  it("is told by the status of the last one", function()
    local silent, port = kit.backend { handler = FAILURES[3].handler }, kit.closed_port()
    assert.equal(502, proxy_before(2, silent, port):get("/").status)
    assert.equal(504, proxy_before(2, port, silent):get("/").status)
  end)

  it("gets no body that somebody else is to have", function()
    local a, b = kit.listener(), kit.listener()
    local client = proxy_before(2, a, b):connect()
    client:send "PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"
    local first = a:accept()
    first:read_head()
    first:reset()
    local second = b:accept()
    local head = second:read_head()
    client:send "body"
    assert.equal("body", second:read_body(head).body)
    second:send(kit.response { body = "done" })
    assert.equal("done", client:read_message().body)
  end)

  it("hands on a chunked body without a chunk, whole", function()
    local a, b = kit.backend { handler = FAILURES[1].handler }, kit.backend { name = "b" }
    local proxy = proxy_before(2, a, b)
    local response = proxy:request { method = "PUT", body = {} }
    assert.same({ 200, "chunked", "" },
      { response.status, b.requests[1].framing, b.requests[1].body })
  end)

  for _, answer in ipairs {
    { "is not HTTP", "220 mail.example.com ESMTP\r\n\r\n" },
    { "ends within its head", "HTTP/1.1 200 OK\r\nContent-Le" },
  } do
    it("has answered if its answer " .. answer[1] .. ": 502, and nobody else is asked", function()
      local a = kit.backend { handler = function(_, conn)
        conn:send(answer[2])
        conn:close()
      end }
      local b = kit.backend { name = "b" }
      assert.equal(502, proxy_before(2, a, b):get("/").status)
      assert.same({ 1, 0 }, { #a.requests, b.connections })
    end)
  end
end)

describe("when nobody is up", function()
  after_each(kit.cleanup)

  it("503 comes at once, for every request", function()
    local proxy = kit.proxy {
      script = [[return { listen = "127.0.0.1:0", backends = { "127.0.0.1:%d" } }]],
      kit.closed_port(),
    }
    local client, fastest = proxy:connect(), math.huge
    for _ = 1, 5 do
      local began = kit.now()
      client:send(kit.request {})
      local response = client:read_message()
      fastest = math.min(fastest, kit.now() - began)
      assert.equal(503, response.status)
      assert.matches("^503 Service Unavailable[^\n]*\n$", response.body)
    end
    assert.is_true(fastest < 0.01, fastest .. " s")
    proxy:wait_line "info +no usable backend for /"
  end)
end)
