-- `route`: which pool gets a request.

local kit = require "spec.support.kit"

-- A proxy with the pools "api", "default" and "web", of the backends "a", "b", "c".
local function proxy_with(route, more)
  local a, b, c = table.unpack(kit.backends(3))
  return kit.proxy { a, b, c, route, more or "", script = [[return {
    listen = "127.0.0.1:0", health = false,
    pools = { api = { backends = { "%s" } }, default = { backends = { "%s" } },
      web = { backends = { "%s" } } },
    route = function(req, ctx) %s end, %s
  }]] }, a, b, c
end

describe("the route of a request", function()
  after_each(kit.cleanup)

  it("is the pool that the script names", function()
    local proxy = proxy_with "return req.path:sub(2)"
    assert.same({ "a", "c", "b" },
      { proxy:get("/api").body, proxy:get("/web").body, proxy:get("/default").body })
    proxy:stop()
    assert.equal(0, #proxy:lines " warn ")
  end)

  it("is decided anew for each request of a connection", function()
    local proxy = proxy_with "return req.path:sub(2)"
    local client = proxy:connect()
    client:send(kit.request { target = "/api" } .. kit.request { target = "/web" }
      .. kit.request { target = "/api" })
    for _, name in ipairs { "a", "c", "a" } do
      assert.equal(name, client:read_message().body)
    end
  end)

  it("leads nowhere with nil: 404", function()
    local proxy, a, b, c = proxy_with ""
    assert.equal(404, proxy:get("/api").status)
    assert.same({ 0, 0, 0 }, { a.connections, b.connections, c.connections })
    proxy:stop()
    assert.equal(0, #proxy:lines " warn ")
  end)

  for what, body in pairs {
    ["is unknown"] = "return 'none'",
    ["is no name"] = "return ctx.pools.api",
    ["is an error"] = "error 'oh'",
    ["changes the request"] = "req.path = '/x' return 'api'",
  } do
    it("leads to the pool called default if it " .. what, function()
      local proxy = proxy_with(body)
      assert.equal("b", proxy:get("/").body)
      proxy:wait_line "warn +route failed, the pool default gets the request: "
      proxy:stop()
      assert.equal("1", proxy:lines "stopped: .* (%d+) route errors"[1])
    end)
  end

  it("is 500 if it is unknown and no pool is called default", function()
    local a, b = table.unpack(kit.backends(2))
    local proxy = kit.proxy { a, b, script = [[return { listen = "127.0.0.1:0", health = false,
      pools = { x = { backends = { "%s" } }, y = { backends = { "%s" } } },
      route = function() return "z" end }]] }
    assert.equal(500, proxy:get("/").status)
    proxy:wait_line 'warn +route failed, answered 500: there is no pool "z"'
    assert.same({ 0, 0 }, { a.connections, b.connections })
  end)

  it("goes by what the request hook has made of the request", function()
    local proxy, a = proxy_with("return ctx.data.pool",
      [[request = function(req, ctx) ctx.data.pool, req.path = "api", "/inner" end]])
    assert.equal("a", proxy:get("/web").body)
    assert.equal("/inner", a.requests[1].target)
  end)

  it("that has to be stopped again and again is tripped: default gets everything", function()
    local proxy = proxy_with "while req.path == '/bad' do end return 'api'"
    for _ = 1, 3 do assert.equal("b", proxy:get("/bad").body) end
    proxy:wait_line "error +route is tripped"
    assert.equal("b", proxy:get("/good").body)
  end)
end)
