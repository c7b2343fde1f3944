-- Kept-open connections to backends: when they are used again, and what happens to a request under
-- which one of them dies.

local kit = require "spec.support.kit"

local SCRIPT = [[
  return {
    listen = "127.0.0.1:0", backends = { "%s", "%s" }, health = false, retry = { tries = 2 },
    timeouts = { response = 0.2, idle = 60 },
    pick = function(up) return up[1] end,
  }
]]

local CROWD = 100   -- more than the proxy hears of in one turn

-- Answers the first request, and nothing but that: what a backend does under the second.
local function first_then(second)
  return function(request, conn)
    if conn.used then return second(request, conn) end
    conn.used = true
    return "first"
  end
end

local function reset(_, conn) conn:reset() end
local function close(_, conn) conn:close() end

describe("a kept-open connection", function()
  local function proxy_before(a, b)
    return kit.proxy { script = SCRIPT, a, b or "127.0.0.1:" .. kit.closed_port() }
  end

  after_each(kit.cleanup)

  it("is used again, by other clients too", function()
    local a = kit.backend { name = "a" }
    local proxy = proxy_before(a)
    for _ = 1, 5 do proxy:get "/" end
    assert.same({ 5, 1 }, { #a.requests, a.connections })
  end)

  it("is used by one request at a time", function()
    local a = kit.listener()
    local proxy = proxy_before(a)
    local one, two = proxy:connect(), proxy:connect()
    one:send(kit.request { target = "/1" })
    local first = a:accept()
    two:send(kit.request { target = "/2" })
    local second = a:accept()
    assert.same({ "/1", "/2" }, { first:read_message().target, second:read_message().target })
    second:send(kit.response { body = "2" })
    assert.equal("2", two:read_message().body)
    first:send(kit.response { body = "1" })
    assert.equal("1", one:read_message().body)
    two:send(kit.request { target = "/3" })      -- the newest is taken
    assert.equal("/3", first:read_message().target)
  end)

  it("is not used again after Connection: close", function()
    local a = kit.backend { fields = { Connection = "close" } }
    local proxy = proxy_before(a)
    for _ = 1, 3 do assert.equal(200, proxy:get("/").status) end
    assert.equal(3, a.connections)
  end)

  it("is closed by the proxy if the backend has announced that, and does not do it", function()
    local a = kit.listener()
    local client = proxy_before(a):connect()
    client:send(kit.request {})
    local conn = a:accept()
    conn:read_message()
    conn:send(kit.response { fields = { Connection = "close" }, body = "x" })
    assert.equal("x", client:read_message().body)
    conn:expect_eof()
  end)

  for _, says in ipairs { "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "" } do
    local what = says == "" and "says FIN" or "speaks unasked"
    it("is closed at once when the backend " .. what, function()
      local a = kit.listener()
      local client = proxy_before(a):connect()
      client:send(kit.request {})
      local conn = a:accept()
      conn:read_message()
      conn:send(kit.response { body = "x" })
      assert.equal("x", client:read_message().body)
      if says == "" then conn:shutdown() else conn:send(says) end
      conn:expect_closed()
      client:send(kit.request {})
      conn = a:accept()
      conn:read_message()
      conn:send(kit.response { body = "y" })
      assert.equal("y", client:read_message().body)
    end)
  end

  it("is not used again when it was closed meanwhile, not even for a POST", function()
    local a = kit.listener()
    local proxy = proxy_before(a)
    local client = proxy:connect()
    for i = 1, 20 do
      client:send(kit.request { method = "POST", body = "pay" })
      local conn = a:accept()
      assert.equal("pay", conn:read_message().body)
      conn:post(kit.response { body = "done" })
      conn:shutdown()
      assert.equal("done", client:read_message().body)
      assert.equal(i, a.accepted)
    end
  end)

  for what, request in pairs {
    ["a POST"] = { method = "POST", body = "pay" }, ["a PUT"] = { method = "PUT", body = "pay" },
    ["a DELETE"] = { method = "DELETE", body = "pay" },
    ["a PUT in chunks"] = { method = "PUT", body = { "p", "ay" } },
  } do
    it("is not used for the body of " .. what .. " when it was closed a moment ago", function()
      local kept
      local a = kit.backend { handler = function(_, conn)
        kept = conn
        return "done"
      end }
      local proxy = proxy_before(a)
      local crowd = {}
      for i = 1, CROWD do crowd[i] = proxy:connect() end
      local client = proxy:connect()
      client:send(kit.request {})
      client:read_message()
      proxy:freeze()
      client:send(kit.request(request))
      for _, other in ipairs(crowd) do other:send "G" end   -- so that the end is not heard of yet
      kept:close()
      proxy:thaw()
      assert.equal(200, client:read_message().status)
      assert.same({ "pay", 2 }, { a.requests[2].body, a.connections })
    end)
  end

  it("is not used again when it has said what nobody asked for", function()
    local a = kit.listener()
    local proxy = proxy_before(a)
    local client = proxy:connect()
    client:send(kit.request {})
    local conn = a:accept()
    conn:read_message()
    conn:send(kit.response { body = "right" } .. kit.response { body = "wrong" })
    assert.equal("right", client:read_message().body)
    conn:expect_closed()
    client:send(kit.request {})
    conn = a:accept()
    conn:read_message()
    conn:send(kit.response { body = "right again" })
    assert.equal("right again", client:read_message().body)
  end)

  for _, dies in ipairs { reset, close } do
    local how = dies == reset and "reset" or "closed"
    describe("which is " .. how .. " under a request", function()
      it("costs no GET: the same backend gets it over a new one", function()
        local a, b = kit.backend { handler = first_then(dies) }, kit.backend { name = "b" }
        local proxy = proxy_before(a, b)
        assert.equal("first", proxy:get("/1").body)
        assert.equal("first", proxy:get("/2").body)
        assert.same({ 3, 2, 0 }, { #a.requests, a.connections, b.connections })
        proxy:wait_line 'access .*GET /2 .* tries=1 '
      end)

      for what, body in pairs { ["with a length"] = "a file", ["in chunks"] = { "a ", "file" } } do
        it("costs no PUT " .. what .. ": the same backend gets all of it over a new one", function()
          local a, b = kit.backend { handler = first_then(dies) }, kit.backend { name = "b" }
          local proxy = proxy_before(a, b)
          assert.equal("first", proxy:get("/").body)
          assert.equal("first", proxy:request({ method = "PUT", body = body }).body)
          assert.same({ "a file", "a file" }, { a.requests[2].body, a.requests[3].body })
          assert.same({ 3, 2, 0 }, { #a.requests, a.connections, b.connections })
        end)
      end

      for what, body in pairs { ["a POST"] = "one euro", ["a POST without a byte"] = "" } do
        it("costs " .. what .. ": 502, and it is sent once", function()
          local a, b = kit.backend { handler = first_then(dies) }, kit.backend { name = "b" }
          local proxy = proxy_before(a, b)
          assert.equal("first", proxy:get("/").body)
          assert.equal(502, proxy:request({ method = "POST", body = body }).status)
          assert.same({ 2, 1, 0 }, { #a.requests, a.connections, b.connections })
        end)
      end

      it("leads to another backend if the new one is refused", function()
        local a, b = nil, kit.backend { name = "b" }
        a = kit.backend { handler = first_then(function(_, conn)
          a.listener:close()
          dies(nil, conn)
        end) }
        local proxy = proxy_before(a, b)
        assert.equal("first", proxy:get("/").body)
        assert.equal("b", proxy:get("/").body)
        proxy:wait_line(a.addr .. ": connection refused, retry")
      end)
    end)
  end

  it("is not an excuse for a backend that is late: no second request to it", function()
    local a, b = kit.backend { handler = first_then(function() end) }, kit.backend { name = "b" }
    local proxy = proxy_before(a, b)
    assert.equal("first", proxy:get("/").body)
    assert.equal("b", proxy:get("/").body)
    assert.equal(2, #a.requests)
  end)

  it("is not an excuse forever: the new one is the last", function()
    local a = kit.backend { handler = function(request, conn)
      if request.target == "/ok" then return "ok" end
      conn:reset()
    end }
    local proxy = proxy_before(a)
    proxy:get "/ok"
    assert.equal(502, proxy:get("/bad").status)
    assert.equal(3, #a.requests)
  end)

  it("ends after timeouts.idle", function()
    local a = kit.listener()
    local proxy = kit.proxy { script = SCRIPT:gsub("idle = 60", "idle = 0.1"), a, "localhost:1" }
    local client = proxy:connect()
    client:send(kit.request {})
    local conn = a:accept()
    conn:read_message()
    conn:send(kit.response { body = "x" })
    client:read_message()
    local began = kit.now()
    conn:expect_eof()
    assert.is_true(kit.now() - began > 0.08)
  end)
end)
