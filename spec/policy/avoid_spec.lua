-- policy.avoid: backends with certain tags are left out.

local avoid = require "luaproxy.policy.avoid"
local pools = require "spec.support.pools"
local testing = require "luaproxy.testing"

local function anyone(up, _, ctx)
  return up[ctx.random(#up)]
end

-- The names of those who are chosen, of backends with these tags.
local function chosen(tags, ...)
  local pool = pools.equal(select("#", ...))
  for i, of in ipairs { ... } do pool[i].tags = of end
  local shares, names = testing.shares(avoid(anyone, tags).pick, 200, pool), {}
  for _, b in ipairs(pool) do
    if shares[b.id] > 0 then names[#names + 1] = b.id end
  end
  return table.concat(names, " ")
end

describe("avoid", function()
  it("leaves out those with a tag of this value", function()
    assert.equal("b c", chosen({ zone = "far" }, { zone = "far" }, { zone = "near" }, {}))
    assert.equal("c", chosen({ zone = "far", rack = 7 }, { zone = "far" }, { rack = 7 }, {}))
  end)

  it("leaves out those with a tag of any value", function()
    assert.equal("c", chosen({ zone = true }, { zone = "far" }, { zone = "near" }, {}))
    assert.equal("b c", chosen({ "spot" }, { spot = true }, { spot = false }, {}))
  end)

  it("knows tags that are but names", function()
    assert.equal("b", chosen({ "old", "spot" }, { "spot", "x" }, { "x" }, { "old" }))
  end)

  it("uses them when nobody else is left", function()
    assert.equal("a b", chosen({ "spot" }, { "spot" }, { "spot" }))
  end)

  it("gives the policy within the same list as long as it is the same", function()
    local seen, n = {}, 0
    local policy = avoid(function(up)
      if not seen[up] then seen[up], n = true, n + 1 end
      return up[1]
    end, { "spot" })
    local pool = pools.equal(3)
    pool[1].tags = { "spot" }
    testing.sequence(policy.pick, 5, pool)
    assert.equal(1, n)
    assert.same({ pool[2], pool[3] }, (next(seen)))
  end)

  it("asks for tags", function()
    assert.error_matches(function() avoid(anyone, "spot") end, "must be a table of tags")
  end)
end)
