-- scripts/sticky.lua: a client returns to the backend where it has been before.

local pools = require "spec.support.pools"
local testing = require "luaproxy.testing"

local function load()
  local pick, script = pools.load "scripts/sticky.lua"
  return pick.pick, script
end

-- The cookie that a new client gets of a backend, whole.
local function cookie_of(script, backend)
  local res = testing.response()
  script.response(res, testing.request { backend = backend }, testing.ctx())
  return res.headers["set-cookie"]
end

local function with_cookie(value)
  return testing.request { cookies = { srv = value } }
end

describe("the script sticky", function()
  it("sends a client back where it comes from, however busy that is", function()
    local pick, script = load()
    local up = pools.equal(4)
    local ctx = testing.ctx { all = up }
    for _, b in ipairs(up) do
      b.inflight = 50
      assert.equal(b, pick(up, with_cookie(cookie_of(script, b):match "^srv=(%x+);"), ctx))
      b.inflight = 0
    end
  end)

  it("sends a new client where there are the fewest requests", function()
    local pick, up = load(), pools.equal(3)
    up[1].inflight, up[3].inflight = 2, 1
    assert.equal("b b b", testing.sequence(pick, 3, up))
  end)

  it("does not obey a cookie that somebody has made up", function()
    local pick, up = load(), pools.equal(3)
    up[1].inflight, up[3].inflight = 2, 2
    for _, forged in ipairs { "a", "c", "c:80", "3", "", ("0"):rep(16), "%00" } do
      assert.equal("b", pick(up, with_cookie(forged), testing.ctx { all = up }).id, forged)
    end
  end)

  it("gives a cookie that scripts of pages cannot read, and that does not name the backend",
    function()
      local _, script = load()
      local cookie = cookie_of(script, testing.backend { id = "10.0.0.17:80" })
      assert.matches("; HttpOnly", cookie)
      assert.is_nil(cookie:find("10.0.0", 1, true))
    end)
end)
