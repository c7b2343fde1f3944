-- policy.sticky: who has been somewhere is sent there again.

local leastconn = require "luaproxy.policy.leastconn"
local luaproxy = require "luaproxy"
local pools = require "spec.support.pools"
local sticky = require "luaproxy.policy.sticky"
local testing = require "luaproxy.testing"

local SECRET = "a secret of many bytes"

local function with_cookie(value, name)
  return testing.request { cookies = { [name or "srv"] = value } }
end

-- The Set-Cookie, or the list of them, of a response from a backend to a request.
local function answer(policy, request, backend, headers)
  local res = testing.response { headers = headers }
  policy.response(res, setmetatable({ backend = backend }, { __index = request }), testing.ctx())
  local cookies = res.headers "Set-Cookie"
  return #cookies > 1 and cookies or cookies[1]
end

-- The value of the cookie that a new client gets of a backend.
local function mark(policy, backend)
  return answer(policy, testing.request(), backend):match "^srv=(%x+);"
end

-- A policy that never chooses anybody but the first.
local function first(up)
  return up[1], "first"
end

describe("sticky", function()
  it("sends a client where it has been before", function()
    local pool, policy = pools.equal(3), sticky(first, { secret = SECRET })
    local ctx = testing.ctx { all = pool }
    for _, b in ipairs(pool) do
      assert.same({ b, "sticky" }, { policy.pick(pool, with_cookie(mark(policy, b)), ctx) })
    end
    assert.same({ pool[1], "first" }, { policy.pick(pool, testing.request(), ctx) })
  end)

  it("lets the policy within choose when the backend is not up, and tells the client", function()
    local pool, policy = pools.equal(3), sticky(leastconn(), { secret = SECRET })
    local request = with_cookie(mark(policy, pool[3]))
    local up = { pool[1], pool[2] }
    local b = policy.pick(up, request, testing.ctx { all = pool })
    assert.is_true(pools.has(up, b))
    assert.equal("srv=" .. mark(policy, b) .. "; Path=/; HttpOnly; SameSite=Lax",
      answer(policy, request, b))
  end)

  it("does not tell a client what it knows", function()
    local pool, policy = pools.equal(2), sticky(first, { secret = SECRET })
    assert.is_nil(answer(policy, with_cookie(mark(policy, pool[2])), pool[2]))
  end)

  it("takes no notice of cookies that nobody has signed", function()
    local pool, policy = pools.equal(3), sticky(first, { secret = SECRET })
    local other = sticky(first, { secret = SECRET .. "!" })
    local ctx = testing.ctx { all = pool }
    local own = mark(policy, pool[3])
    for _, forged in ipairs {
      "c", "c:80", "3", "", ("%016x"):format(luaproxy.hash "c"), mark(other, pool[3]),
      own:sub(1, -2), own .. "0", own:upper() .. " ", "c." .. own,
    } do
      assert.equal(pool[1], policy.pick(pool, with_cookie(forged), ctx), forged)
    end
  end)

  it("writes the same in every proxy with the same secret", function()
    local pool = pools.equal(2)
    assert.equal(mark(sticky(first, { secret = SECRET }), pool[2]),
      mark(sticky(leastconn(), { secret = SECRET }), pool[2]))
    assert.equal(16, #mark(sticky(first, { secret = SECRET }), pool[2]))
  end)

  it("does not try again where it has failed", function()
    local pool, policy = pools.equal(3), sticky(first, { secret = SECRET })
    local request, ctx = with_cookie(mark(policy, pool[3])), testing.ctx { all = pool }
    assert.equal(pool[3], policy.pick(pool, request, ctx))
    ctx.attempt = 2
    assert.equal(pool[1], policy.pick({ pool[1], pool[2] }, request, ctx))
  end)

  it("has a cookie with the name and the attributes that it is told", function()
    local pool = pools.equal(2)
    local policy = sticky(first, { secret = SECRET, cookie = "at", attributes = "Secure" })
    local value = answer(policy, testing.request(), pool[2]):match "^at=(%x+); Secure$"
    local ctx = testing.ctx { all = pool }
    assert.equal(pool[2], policy.pick(pool, with_cookie(value, "at"), ctx))
    assert.equal(pool[1], policy.pick(pool, with_cookie(value), ctx))
  end)

  it("leaves the cookies of the backend alone", function()
    local pool, policy = pools.equal(2), sticky(first, { secret = SECRET })
    local own = "srv=" .. mark(policy, pool[1]) .. "; Path=/; HttpOnly; SameSite=Lax"
    for _, others in ipairs { { "a=b" }, { "a=b; Expires=Thu, 01 Jan 2026 00:00:00 GMT", "c=" } } do
      local cookies = answer(policy, testing.request(), pool[1], { ["Set-Cookie"] = others })
      assert.same({ own, table.unpack(others) }, { table.remove(cookies), table.unpack(cookies) })
    end
  end)

  it("says nothing where nobody was chosen", function()
    assert.is_nil(answer(sticky(first, { secret = SECRET }), testing.request(), nil))
  end)

  it("lets a sticky policy within speak as well", function()
    local b = pools.equal(1)[1]
    local within = sticky(first, { secret = SECRET, cookie = "in" })
    local policy = sticky(within, { secret = SECRET, cookie = "out" })
    local cookies = answer(policy, testing.request(), b)
    assert.matches("^in=", cookies[1])
    assert.matches("^out=", cookies[2])
  end)

  it("asks for a secret that deserves the name", function()
    assert.error_matches(function() sticky(first, {}) end, "at least 16 bytes")
    assert.error_matches(function() sticky(first) end, "at least 16 bytes")
    assert.error_matches(function() sticky(first, { secret = "short" }) end, "at least 16 bytes")
  end)
end)
