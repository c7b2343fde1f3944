-- policy.tiered: a higher tier gets what the lower are too few for.

local crowd = require "spec.support.crowd"
local pools = require "spec.support.pools"
local testing = require "luaproxy.testing"
local tiered = require "luaproxy.policy.tiered"

-- Tiers of SIZE backends each: all of them, and those of them who are up, UP[t] of tier t.
local function tiers(size, up)
  local all, usable = {}, {}
  for tier, n in ipairs(up) do
    for i = 1, size do
      local b = testing.backend { id = ("%d.%d"):format(tier, i), tier = tier }
      all[#all + 1] = b
      if i <= n then usable[#usable + 1] = b end
    end
  end
  return usable, all
end

local function anyone(up, _, ctx)
  return up[ctx.random(#up)]
end

-- How many of N requests each tier gets.
local function shares(policy, n, up, all)
  local counts, ctx, request = { 0, 0, 0 }, testing.ctx { all = all }, testing.request()
  for _ = 1, n do
    local tier = policy.pick(up, request, ctx).tier
    counts[tier] = counts[tier] + 1
  end
  return counts
end

describe("the shares of tiers", function()
  -- Envoy's documentation of priority levels, in percent: up in P0 and P1; traffic to them; the
  -- total; who panics. Of (50, 60) the page says 50/50 and its formula 70/30.
  for _, v in ipairs {
    { 100, 100, 100, 0, 100 }, { 72, 72, 100, 0, 100 }, { 71, 71, 99, 1, 100 },
    { 50, 50, 70, 30, 100 }, { 50, 60, 70, 30, 100 }, { 25, 100, 35, 65, 100 },
    { 25, 25, 50, 50, 70, true, true }, { 5, 65, 7, 93, 98, true, false },
    { 0, 100, 0, 100, 100 }, { 0, 0, 100, 0, 0, true, true },
  } do
    it(("are Envoy's if %d %% and %d %% are up"):format(v[1], v[2]), function()
      local split, total, panics = tiered.shares({ v[1] / 100, v[2] / 100 }, 1 / 1.4)
      assert.near(v[3], 100 * split[1], 0.61)
      assert.near(v[4], 100 * split[2], 0.61)
      assert.near(1, split[1] + split[2], 1e-12)
      assert.equal(v[5], math.floor(100 * total + 1e-9))
      assert.same({ v[6] or false, v[7] or false }, panics)
    end)
  end

  it("go down level by level", function()
    local split = tiered.shares({ 0.2, 0.2, 1 }, 0.5)
    for i, share in ipairs { 0.4, 0.4, 0.2 } do assert.near(share, split[i], 1e-12) end
  end)
end)

describe("tiers that spill over", function()
  it("leave the higher tier alone while there are enough of the lower", function()
    assert.same({ 500, 0, 0 }, shares(tiered(anyone), 500, tiers(4, { 4, 4, 4 })))
    assert.same({ 500, 0, 0 }, shares(tiered(anyone), 500, tiers(4, { 3, 4, 4 })))
  end)

  it("spill over what they are too few for", function()
    local counts = shares(tiered(anyone), 4000, tiers(4, { 1, 4, 4 }))
    assert.near(1400, counts[1], 100)
    assert.same({ 4000 - counts[1], 0 }, { counts[2], counts[3] })
    counts = shares(tiered(anyone), 4000, tiers(4, { 1, 1, 4 }))
    assert.near(1400, counts[2], 100)
    assert.near(1200, counts[3], 100)
  end)

  it("give everything to those who are left", function()
    assert.same({ 0, 0, 50 }, shares(tiered(anyone), 50, tiers(4, { 0, 0, 1 })))
  end)

  it("have as many as they need when they are told how many are enough", function()
    assert.same({ 50, 0, 0 }, shares(tiered(anyone, { enough = 0.25 }), 50, tiers(4, { 1, 4 })))
  end)

  it("give the policy within the same list as long as it is the same", function()
    local seen, n = {}, 0
    local policy = tiered(function(up)
      if not seen[up] then seen[up], n = true, n + 1 end
      return up[1]
    end)
    shares(policy, 200, tiers(4, { 1, 4, 4 }))
    assert.equal(2, n)
  end)

  it("keep everybody in one tier if they are told who asks", function()
    local up, all = tiers(4, { 1, 4 })
    local policy, ctx = tiered(anyone, { key = "x-user" }), testing.ctx { all = all }
    local counts = { 0, 0 }
    for i = 1, 500 do
      local request = crowd.from("user" .. i)
      local tier = policy.pick(up, request, ctx).tier
      if policy.pick(up, request, ctx).tier ~= tier then error(("user %d moved"):format(i)) end
      counts[tier] = counts[tier] + 1
    end
    assert.near(175, counts[1], 30)
  end)

  it("say which tier it was", function()
    local up, all = tiers(2, { 0, 2 })
    local b, reason = tiered(anyone).pick(up, testing.request(), testing.ctx { all = all })
    assert.same({ 2, "tier 2" }, { b.tier, reason })
  end)
end)

describe("tiers that fail over", function()
  local function policy(enough)
    return tiered(anyone, { spill = false, enough = enough })
  end

  it("give everything to the first tier with enough", function()
    assert.same({ 50, 0, 0 }, shares(policy(0.5), 50, tiers(4, { 2, 4, 4 })))
    assert.same({ 0, 50, 0 }, shares(policy(0.5), 50, tiers(4, { 1, 4, 4 })))
    assert.same({ 0, 0, 50 }, shares(policy(0.5), 50, tiers(4, { 1, 0, 4 })))
  end)

  it("go on to another only when nobody is left if anybody is enough", function()
    assert.same({ 50, 0, 0 }, shares(policy(0), 50, tiers(4, { 1, 4, 4 })))
    assert.same({ 0, 50, 0 }, shares(policy(0), 50, tiers(4, { 0, 1, 4 })))
  end)

  it("use all who are up when no tier has enough", function()
    local up, all = tiers(4, { 1, 1, 1 })
    local counts = shares(policy(0.5), 300, up, all)
    for _, n in ipairs(counts) do assert.near(100, n, 30) end
    local _, reason = policy(0.5).pick(up, testing.request(), testing.ctx { all = all })
    assert.equal("every tier degraded", reason)
  end)

  it("have numbers with any gaps", function()
    local pool = pools.equal(2)
    pool[1].tier, pool[2].tier = 900, 7
    assert.equal("b b", testing.sequence(policy().pick, 2, pool))
  end)
end)
