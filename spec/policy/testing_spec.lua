-- The kit for authors of policies: what it makes is what the proxy hands to scripts.

local testing = require "luaproxy.testing"

local function assert_blames_us(why, run)
  local ok, message = pcall(run)
  assert.is_false(ok)
  assert.matches("testing_spec%.lua:%d+: " .. why, message)
end

describe("the kit for policies", function()
  describe("makes backends", function()
    it("with all that they have in the proxy", function()
      assert.same({ id = "127.0.0.1:9001", addr = "127.0.0.1:9001", weight = 1, tier = 1, tags = {},
        data = {}, inflight = 0, fails = 0, since = 0, up = true }, testing.backend())
      assert.same({ 0.25, 7 }, (function(b) return { b.ewma, b.ewma_at } end)(
        testing.backend { ewma = 0.25, ewma_at = 7 }))
    end)

    it("with what they are told instead", function()
      local b = testing.backend { id = "b", weight = 3, inflight = 2, up = false, tags = { z = 1 } }
      assert.same({ "b", "b:80", 3, 2, false, 1 },
        { b.id, b.addr, b.weight, b.inflight, b.up, b.tags.z })
      assert.equal("10.0.0.1:80", testing.backend { addr = "10.0.0.1:80" }.id)
    end)

    it("which share nothing", function()
      local a, b = testing.backend(), testing.backend()
      a.data.x, a.tags.x = 1, 1
      assert.same({ {}, {} }, { b.data, b.tags })
    end)

    it("and names what it does not know", function()
      assert_blames_us('unknown option "wieght"', function()
        local b = testing.backend { wieght = 3 }
        return b
      end)
    end)
  end)

  describe("makes requests", function()
    it("that ask for / of localhost", function()
      local r = testing.request()
      assert.same({ "GET", "/", "", "localhost", "127.0.0.1", 40000 },
        { r.method, r.path, r.query, r.host, r.client.ip, r.client.port })
      assert.equal("localhost", r.headers.host)
      assert.is_nil(r.headers["x-user"])
      assert.is_nil(r.cookies.id)
      assert.is_nil(r.whatever)
    end)

    it("whose headers can be asked for in any case", function()
      local r = testing.request { headers = { ["X-User"] = "ann", Accept = { "a", "b" } } }
      assert.same({ { "a", "b" }, { "ann" } }, { r.headers "accept", r.headers "x-user" })
      assert.same({ "ann", "ann" }, { r.headers["x-user"], r.headers["X-USER"] })
      assert.equal("a, b", r.headers.accept)
    end)

    it("with cookies, given by name or by header", function()
      local r = testing.request { cookies = { id = "7", a = "b=c" } }
      assert.same({ "7", "b=c", "a=b=c; id=7" }, { r.cookies.id, r.cookies.a, r.headers.Cookie })
      r = testing.request { headers = { Cookie = "id=7; x=\"y z\" ;id=8" } }
      assert.same({ "7", '"y z"' }, { r.cookies.id, r.cookies.x })
    end)

    it("that a policy cannot change", function()
      local r = testing.request()
      assert_blames_us("a request cannot be changed", function() r.path = "/x" end)
      assert_blames_us("a request cannot be changed", function() r.headers.host = "/x" end)
      assert_blames_us('unknown option "paht"', function()
        r = testing.request { paht = "/" }
      end)
    end)
  end)

  describe("makes requests for hooks", function()
    local function writable() return testing.request { writable = true, query = "a=1" } end

    it("whose path, query and host can be assigned", function()
      local r = writable()
      r.path, r.query, r.host = "/x/y", "", "example.com:8080"
      assert.same({ "/x/y", "", "example.com:8080", "example.com:8080", "GET" },
        { r.path, r.query, r.host, r.headers.host, r.method })
    end)

    it("whose headers can be assigned and removed, in any case", function()
      local r = testing.request {
        writable = true, headers = { ["X-User"] = "eve", Cookie = "a=1" },
      }
      r.headers["X-Request-Id"], r.headers["x-USER"], r.headers.cookie = r.id, nil, "a=2"
      assert.same({ "1", "2" }, { r.headers["x-request-id"], r.cookies.a })
      assert.is_nil(r.headers["X-User"])
      r.headers["X-Count"] = 7
      assert.equal("7", r.headers["x-count"])
      r.headers["X-List"] = { "a", 2 }
      assert.equal("a, 2", r.headers["x-list"])
      r.headers["X-List"] = {}
      assert.is_nil(r.headers["x-list"])
    end)

    it("but nothing else", function()
      local r = writable()
      for _, name in ipairs { "method", "id", "client", "headers", "cookies", "whatever" } do
        assert_blames_us("req." .. name .. " cannot be assigned", function() r[name] = "x" end)
      end
      assert_blames_us("a request cannot be changed here", function() r.cookies.a = "2" end)
    end)

    it("nor what the proxy answers for", function()
      local r = writable()
      for _, name in ipairs { "Connection", "Content-Length", "Transfer-Encoding", "TE", "Trailer",
        "Upgrade", "Keep-Alive", "Proxy-Connection", "Expect" } do
        local pattern = name:gsub("%-", "%%-")
        assert_blames_us("the header " .. pattern .. " is the proxy's own", function()
          r.headers[name] = "x"
        end)
      end
      assert_blames_us("the header Host cannot be assigned; assign req.host", function()
        r.headers.Host = "x"
      end)
    end)

    it("nor what would be another request on the wire", function()
      local r = writable()
      for _, value in ipairs { "a\r\nb", "a\nb", "a\0b", "a\127b" } do
        assert_blames_us("the header X must not have control characters", function()
          r.headers.X = value
        end)
      end
      r.headers.X = "a\tb\xff"
      for _, path in ipairs { "", "x", "/a b", "/a?b", "/a#b", "/a\r\n", "*" } do
        assert_blames_us("req.path must be a text that begins with /", function() r.path = path end)
      end
      assert_blames_us("req.query must be a text without blanks", function() r.query = "a b" end)
      assert_blames_us("req.host must be the name of a host", function() r.host = "a/b" end)
      assert_blames_us('"X Y" is not the name of a header', function() r.headers["X Y"] = "" end)
      for _, value in ipairs { true, { {} }, { "a", false } } do
        assert_blames_us("the header X must be a text, not a", function() r.headers.X = value end)
      end
    end)
  end)

  describe("makes responses", function()
    it("whose status and headers can be assigned", function()
      local res = testing.response { status = 404, headers = { Server = "x", Via = { "a", "b" } } }
      assert.same({ 404, "x", "a, b" }, { res.status, res.headers.server, res.headers.VIA })
      assert.same({ { "a", "b" }, { "x" }, {} },
        { res.headers "via", res.headers "Server", res.headers "Date" })
      res.headers.Via = { "c", 5 }
      assert.equal("c, 5", res.headers.via)
      res.status, res.headers.Server, res.headers["X-Backend"] = 200, nil, "b1"
      assert.same({ 200, "b1" }, { res.status, res.headers["x-backend"] })
      assert.is_nil(res.headers.server)
      assert.equal(200, testing.response().status)
    end)

    it("within the bounds of the proxy", function()
      local res = testing.response()
      assert_blames_us("res.body cannot be assigned", function() res.body = "x" end)
      assert_blames_us("res.status must be a whole number", function() res.status = 100 end)
      assert_blames_us("a response with status 200 cannot become one with 204", function()
        res.status = 204
      end)
      assert_blames_us("the header Content%-Length is the proxy's own", function()
        res.headers["Content-Length"] = "7"
      end)
    end)

    it("and requests that know who has answered", function()
      local b = testing.backend { id = "b" }
      assert.equal(b, testing.request { backend = b }.backend)
    end)
  end)

  describe("makes contexts", function()
    it("with time and chance as told", function()
      local up = { testing.backend() }
      local ctx = testing.ctx { now = 5, attempt = 2, all = up, seed = 7 }
      assert.same({ 5, 2, up }, { ctx.now, ctx.attempt, ctx.all })
      assert.same({ "default", {} }, { ctx.pool, ctx.data })
      local again = testing.random(7)
      for _ = 1, 10 do assert.equal(again(3), ctx.random(3)) end
    end)

    -- Written down by the C code of the proxy.
    it("with the numbers that the proxy would draw", function()
      local random = testing.random(1)
      for _, n in ipairs { 280836, 671138, 725847, 303530, 56177, 782827 } do
        assert.equal(n, random(1000000))
      end
      assert.equal(0.33908526400192196, testing.random(42)())
      random = testing.random(0xfedcba9876543210)
      for _, n in ipairs { 4827459936447051846, 5567000832794149634, 3626333011736277763 } do
        assert.equal(n, random(math.maxinteger))
      end
    end)

    it("with a fair chance", function()
      local random, counts = testing.random(3), { 0, 0, 0, 0, 0, 0 }
      for _ = 1, 12000 do
        local n = random(6)
        counts[n] = counts[n] + 1
      end
      for i = 1, 6 do assert.near(2000, counts[i], 130) end
      local within = true
      for _ = 1, 1000 do
        local x = random()
        within = within and 0 <= x and x < 1 and random(1) == 1
      end
      assert.is_true(within)
    end)

    it("and refuses what the proxy refuses", function()
      local random = testing.random()
      assert_blames_us("bad argument", function() random(0) end)
      assert_blames_us("bad argument", function() random(1.5) end)
      assert_blames_us("the seed must be", function() random = testing.random(0) end)
    end)
  end)

  it("tells whom a policy chooses", function()
    local a, b = testing.backend { id = "a" }, testing.backend { id = "b" }
    local calls = 0
    local function pick(up, req, ctx)
      calls = calls + 1
      assert.same({ "/", 1, up }, { req.path, ctx.attempt, ctx.all })
      return calls % 3 > 0 and up[calls % 3] or nil
    end
    assert.equal("a b - a b", testing.sequence(pick, 5, { a, b }))
    calls = 0
    assert.same({ a = 4, b = 3, c = 0, ["-"] = 3 },
      testing.shares(pick, 10, { a, b, testing.backend { id = "c" } }))
  end)

  it("sets no globals", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    assert(loadfile "lua/luaproxy/testing.lua")()
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)
end)
