-- The scripts that do more than choose, in the proxy: routes, cookies, limits, headers.

local kit = require "spec.support.kit"

-- A script before these backends.
local function start(name, backends)
  local args = { "127.0.0.1:0" }
  for i, backend in ipairs(backends) do args[i + 1] = backend.addr end
  return kit.proxy { file = "scripts/" .. name .. ".lua", args = args }
end

-- The names of the backends that answer N requests.
local function names(proxy, n, path, fields)
  local list = {}
  for i = 1, n do list[i] = proxy:get(path or "/", fields).body end
  return table.concat(list, " ")
end

describe("routing", function()
  after_each(kit.cleanup)

  it("sends a request to the pool for its host and path", function()
    local proxy = start("routing", kit.backends(3))
    local function ask(host, target) return proxy:request { host = host, target = target }.body end
    assert.equal("a", ask("example.com", "/api/users?x=1"))
    assert.equal("b", ask("example.com", "/apiary"))
    assert.equal("b", ask("example.com", "/?path=/api/"))
    assert.equal("c", ask("Admin.example.com", "/api/users"))
    assert.equal("c", ask("x", "http://admin.example.com/"))
  end)

  it("lets the backends of a pool take turns, whatever the other pools get", function()
    local proxy = start("routing", kit.backends(6))
    local first = proxy:get("/api/").body
    assert.matches("[be]", proxy:get("/").body)
    local second = proxy:get("/api/").body
    assert.same({ a = true, d = true }, { [first] = true, [second] = true })
  end)

  it("goes on with the other pools when one has nobody left", function()
    local backends = kit.backends(3)
    local proxy = start("routing", backends)
    backends[1]:stop()
    assert.is_true(proxy:get("/api/").status >= 502)
    assert.equal("b b", names(proxy, 2))
  end)
end)

describe("the canary", function()
  after_each(kit.cleanup)

  it("is for who asks for it, and for nobody who does not want it", function()
    local proxy = start("canary", kit.backends(3))
    assert.equal("c c c c", names(proxy, 4, "/", { ["X-Canary"] = "always" }))
    assert.is_nil(names(proxy, 10, "/", { ["X-Canary"] = "never" }):find "c")
  end)

  it("stays the same for the same person", function()
    local proxy, seen = start("canary", kit.backends(2)), {}
    for i = 1, 60 do
      local name = proxy:get("/", { Cookie = "a=b; uid=" .. i }).body
      assert.equal(name, proxy:get("/other", { Cookie = "uid=" .. i }).body)
      seen[name] = (seen[name] or 0) + 1
    end
    assert.is_true(seen.a > 45 and seen.b > 0)
  end)

  it("hurts nobody when it dies", function()
    local backends = kit.backends(3)
    local proxy = start("canary", backends)
    backends[3]:stop()
    for _ = 1, 4 do
      assert.matches("^[ab]$", proxy:get("/", { ["X-Canary"] = "always" }).body)
    end
  end)
end)

describe("a sticky session", function()
  after_each(kit.cleanup)

  -- The cookie that a response sets, as a client sends it back.
  local function cookie_of(response)
    return response.fields["set-cookie"]:match "^(srv=[^;]+);"
  end

  it("begins with a cookie, which leads back to the same backend", function()
    local proxy = start("sticky", kit.backends(3))
    for _ = 1, 5 do
      local first = proxy:get "/"
      for _ = 1, 5 do
        local again = proxy:get("/", { Cookie = "theme=dark; " .. cookie_of(first) })
        assert.same({ first.body }, { again.body, again.fields["set-cookie"] })
      end
    end
  end)

  it("does not begin with a cookie that somebody has made up", function()
    local backends = kit.backends(3)
    local proxy = start("sticky", backends)
    for _, forged in ipairs { backends[2].addr, "b", "2", ("0"):rep(16) } do
      local response = proxy:get("/", { Cookie = "srv=" .. forged })
      assert.equal(200, response.status)
      assert.not_equal("srv=" .. forged, cookie_of(response))
    end
  end)

  it("goes on elsewhere when its backend fails, and stays there", function()
    local backends = kit.backends(2)
    local proxy = start("sticky", backends)
    local first = proxy:get "/"
    backends[first.body == "a" and 1 or 2]:stop()
    local second = proxy:get("/", { Cookie = cookie_of(first) })
    assert.equal(first.body == "a" and "b" or "a", second.body)
    assert.not_equal(cookie_of(first), cookie_of(second))
    assert.equal(second.body, proxy:get("/", { Cookie = cookie_of(second) }).body)
  end)

  it("leaves the cookies of the backend alone", function()
    local backend = kit.backend { name = "a", fields = { ["Set-Cookie"] = { "mine=1", "my=2" } } }
    local cookies = start("sticky", { backend }):get("/").fields["set-cookie"]
    assert.same({ "mine=1", "my=2" }, { cookies[1], cookies[2] })
    assert.matches("^srv=%x+; Path=/; HttpOnly; SameSite=Lax$", cookies[3])
  end)
end)

describe("the rate limit", function()
  after_each(kit.cleanup)

  it("tells who wants too much to wait, without asking a backend", function()
    local backends = kit.backends(2)
    local client = start("ratelimit", backends):connect()
    client:post(kit.request({}):rep(300))
    local passed, refused = 0, nil
    for _ = 1, 300 do
      local response = client:read_message()
      if response.status == 200 then passed = passed + 1 else refused = response end
    end
    assert.is_true(100 <= passed and passed < 200, passed .. " requests passed")
    assert.same({ 429, "1", "Slow down.\n" },
      { refused.status, refused.fields["retry-after"], refused.body })
    assert.equal(passed, #backends[1].requests + #backends[2].requests)
  end)
end)

describe("the script headers", function()
  after_each(kit.cleanup)

  it("tells backend and client the same id, and hides what clients pretend", function()
    local backend = kit.backend { name = "a", fields = { Server = "made-up/1.0" } }
    local response = start("headers", { backend }):get("/", {
      ["X-Request-Id"] = "mine", ["X-Internal-User"] = "root", Accept = "text/html",
    })
    local seen = backend:wait_request(1).fields
    assert.is_nil(seen["x-internal-user"])
    assert.equal("text/html", seen.accept)
    assert.matches("^%x+$", seen["x-request-id"])
    assert.equal(seen["x-request-id"], response.fields["x-request-id"])
    assert.equal(backend.addr, response.fields["x-backend"])
    assert.is_nil(response.fields.server)
  end)

  it("gives each request an id of its own", function()
    local proxy, seen = start("headers", kit.backends(2)), {}
    for _ = 1, 20 do
      local id = proxy:get("/").fields["x-request-id"]
      assert.is_nil(seen[id])
      seen[id] = true
    end
  end)
end)

describe("failover", function()
  after_each(kit.cleanup)

  it("goes to the spare when nobody of the first tier is left, and back again", function()
    local first, spare = table.unpack(kit.backends(2))
    local proxy = kit.proxy { first, spare, script = [[
      local script = assert(load(... or "", "tiers"))("127.0.0.1:0", "%s", "%s")
      script.health = { every = 0.05, fall = 1, rise = 1 }
      return script
    ]], args = { io.open "scripts/tiers.lua":read "a" } }
    assert.equal("a a a", names(proxy, 3))
    first:stop()
    assert.equal("b b b", names(proxy, 3))
    proxy:wait_line(first.addr .. " is DOWN")
    assert.equal("b b b", names(proxy, 3))
    first:start()
    proxy:wait_line(first.addr .. " is UP")
    proxy:wait_line(first.addr .. " is UP")
    assert.equal("a a a", names(proxy, 3))
  end)
end)

describe("prequal", function()
  after_each(kit.cleanup)

  -- Backends that say of themselves how busy they are.
  local function talking(name, load)
    return kit.backend { name = name, handler = function(request)
      return request.target == "/load" and load or name
    end }
  end

  it("asks backends how they are, and goes by what they say", function()
    local busy = talking("a", '{"inflight": 50, "latency": 0.5}')
    local calm = talking("b", '{"inflight": 1, "latency": 0.01}')
    local proxy = start("prequal", { busy, calm })
    busy:wait_request(1)
    calm:wait_request(1)
    local run, asked = 0, 0
    repeat -- the answers are on their way
      run, asked = proxy:get("/").body == "b" and run + 1 or 0, asked + 1
    until run == 20 or asked == 2000
    assert.equal(20, run)
  end)

  it("does without, where they say nothing or what makes no sense", function()
    local mute, odd = kit.backend { name = "a" }, talking("b", '{"inflight": "many"}')
    local proxy = start("prequal", { mute, odd })
    mute:wait_request(1)
    odd:wait_request(2)
    local got = names(proxy, 40)
    assert.truthy(got:find "a" and got:find "b")
    proxy:stop()
    assert.equal(0, #proxy:lines " warn ")
  end)
end)
