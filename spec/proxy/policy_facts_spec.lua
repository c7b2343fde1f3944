-- What a policy is told: the request, the context, and the facts of the backends.

local kit = require "spec.support.kit"

-- The script prints what it sees; the log shows it.
local SCRIPT = [[
return {
  listen = "127.0.0.1:0",
  backends = { { "%s", id = "a", weight = 3, tags = { zone = "eu" } }, { "%s", id = "b" } },
  health = { every = 0.05, fall = 1, rise = 1 },
  pick = function(up, req, ctx) %s end,
}]]

local a, b, proxy

local function start(body)
  a, b = table.unpack(kit.backends(2))
  proxy = kit.proxy { script = SCRIPT, a, b, body }
end

local function printed()
  return proxy:wait_line "info +script: (.*)"
end

describe("a policy is told of the request", function()
  after_each(kit.cleanup)

  it("method, path, query and host", function()
    start "print(req.method, req.path, req.query, req.host) return up[1]"
    proxy:request { method = "DELETE", target = "/a%20b/c?d=e?f", host = "example.com:80" }
    assert.equal("DELETE /a%20b/c d=e?f example.com:80", printed())
    proxy:request { target = "http://other.example/x", host = "example.com" }
    assert.equal("GET /x  other.example", printed())
    proxy:request { target = "/", version = "HTTP/1.0", host = false }
    assert.equal("GET /  ", printed())
  end)

  it("headers, in any case, several of a name joined", function()
    start [[
      local h = req.headers
      print(h["x-user"], h["X-USER"], h.accept, h.host, h.nothing)
      return up[1]
    ]]
    proxy:get("/", { { "X-User", "ann" }, { "Accept", "a" }, { "accept", "b" } })
    assert.equal("ann ann a, b " .. proxy.addr .. " nil", printed())
  end)

  it("headers as the client has sent them, not as a backend gets them", function()
    start [[
      local h = req.headers
      print(h.connection, h.te, h["x-gone"], h.upgrade, h["content-length"])
      print(h.via, h.forwarded, h["x-forwarded-for"], h["x-forwarded-host"], h["x-forwarded-proto"])
      return up[1]
    ]]
    proxy:request { method = "POST", body = "12345", fields = {
      { "Connection", "TE, x-gone" }, { "TE", "trailers" }, { "X-Gone", "1" }, { "Upgrade", "h2c" },
      { "Forwarded", "for=1.2.3.4" }, { "X-Forwarded-For", "10.0.0.1" },
      { "X-Forwarded-Host", "y" }, { "X-Forwarded-Proto", "https" },
    } }
    assert.equal("TE, x-gone trailers 1 h2c 5", printed())
    assert.equal("nil for=1.2.3.4 10.0.0.1 y https", printed())
    proxy:get "/"
    assert.equal("nil nil nil nil nil", printed())
    assert.equal("nil nil nil nil nil", printed())
  end)

  it("cookies", function()
    start "local c = req.cookies print(c.id, c.b, c.ID, c.x, c.empty) return up[1]"
    proxy:get("/", { { "Cookie", "id=7; b=c=d ;id=8" }, { "Cookie", "x=1;empty=" } })
    assert.equal("7 c=d nil 1 ", printed())
    proxy:get("/")
    assert.equal("nil nil nil nil nil", printed())
  end)

  it("who asks", function()
    start "print(req.client.ip, req.client.port) return up[1]"
    local client = proxy:connect { from = "127.0.0.9" }
    client:send(kit.request {})
    client:read_message()
    assert.equal("127.0.0.9 " .. client.local_port, printed())
  end)
end)

describe("a policy is told of the choice", function()
  after_each(kit.cleanup)

  it("the time, in seconds", function()
    start "print(ctx.now) return up[1]"
    proxy:get "/"
    local first = tonumber((printed()))
    proxy:wait_line "UP"
    proxy:get "/"
    assert.near(first, tonumber((printed())), 2)
  end)

  it("a chance", function()
    start [[
      for i = 1, 1000 do
        local n, x = ctx.random(3), ctx.random()
        assert(math.type(n) == "integer" and 1 <= n and n <= 3 and 0 <= x and x < 1)
      end
      print(ctx.random(2^53 | 0))
      return up[1]
    ]]
    proxy:get "/"
    local first = printed()
    proxy:get "/"
    assert.not_equal(first, printed())
  end)

  it("which try it is, and who is left", function()
    start "print(ctx.attempt, #up, up[1].id) return up[1]"
    a.handler = function(_, conn) conn:reset() end
    assert.equal("b", proxy:get("/").body)
    assert.equal("1 2 a", printed())
    assert.equal("2 1 b", printed())
  end)

  it("all backends, also those who are down", function()
    start [[
      for _, x in ipairs(ctx.all) do print(#up, x.id, x.up) end
      return up[1]
    ]]
    a:stop()
    proxy:wait_line "a is DOWN"
    proxy:get "/"
    assert.equal("1 a false", printed())
    assert.equal("1 b true", printed())
  end)
end)

describe("a policy is told of a backend", function()
  after_each(kit.cleanup)

  it("who it is", function()
    start [[
      for _, x in ipairs(up) do print(x.id, x.addr, x.weight, x.tier, x.tags.zone, x.up) end
      return up[1]
    ]]
    proxy:get "/"
    assert.equal("a " .. a.addr .. " 3 1 eu true", printed())
    assert.equal("b " .. b.addr .. " 1 1 nil true", printed())
  end)

  it("how many requests it has, without the one to be given", function()
    start "print(up[1].inflight, up[2].inflight) return up[req.path == '/b' and 2 or 1]"
    local waiting = {}
    a.handler = function(_, conn) waiting[#waiting + 1] = conn end
    for i, expected in ipairs { "0 0", "1 0", "2 0" } do
      proxy:connect():send(kit.request { target = "/" .. i })
      assert.equal(expected, printed())
    end
    assert.equal("b", proxy:get("/b").body)
    assert.equal("3 0", printed())
    kit.until_true(function() return #waiting == 3 end)
    for _, conn in ipairs(waiting) do conn:send(kit.response { body = "" }) end
    for _ = 1, 3 do proxy:wait_line "access .* 200 0 a " end
    proxy:get "/b"
    assert.equal("0 0", printed())
  end)

  it("how many it has after failures", function()
    start "print(up[1].inflight, ctx.all[2].inflight) return up[1]"
    a.handler = function(_, conn) conn:reset() end
    for _ = 1, 3 do
      proxy:get "/"
      assert.equal("0 0", printed())
      assert.equal("0 0", printed())
    end
  end)

  it("the truth as soon as it changes, whatever has been written over it", function()
    start [[
      print(up[1].inflight, up[1].up)
      up[1].inflight, up[1].up = 1000, "maybe"
      return up[1]
    ]]
    a.handler = function() end
    for i = 0, 2 do
      proxy:connect():send(kit.request {})
      assert.equal(i .. (i == 0 and " true" or " maybe"), printed())
    end
  end)

  it("what it has noted itself", function()
    start [[
      local data = up[2].data
      data.n = (data.n or 0) + 1
      print(data.n, up[1].data.n)
      return up[1]
    ]]
    for i = 1, 3 do
      proxy:get "/"
      assert.equal(i .. " nil", printed())
    end
    b:stop()
    proxy:wait_line "b is DOWN"
    b:start()
    proxy:wait_line "b is UP"
    proxy:wait_line "b is UP"
    proxy:get "/"
    assert.equal("4 nil", printed())
  end)
end)
