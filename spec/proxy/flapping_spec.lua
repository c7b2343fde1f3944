-- A backend that goes and comes back all the time hurts nobody. tests/tools/endure.lua does the
-- same for a minute.

local flapping = require "spec.support.flapping"
local kit = require "spec.support.kit"
local mortal = require "spec.support.mortal"

local SECONDS, RETRIES = 5, 30

describe("one of three backends that goes every 0.2 s, and comes back", function()
  after_each(kit.cleanup)

  local function assert_harmless(backends)
    local result = flapping.run(SECONDS, backends)
    assert.same({}, result.failed)
    assert.equal(0, result.twice)
    assert.is_true(result.answered > 200 * SECONDS, result.answered .. " answers")
    assert.is_true(result.retries <= RETRIES, result.retries .. " retries")
  end

  it("costs no GET, has no POST done twice, and is left alone soon", function()
    assert_harmless()
  end)

  it("does so, too, if it is killed each time", function()
    assert_harmless { mortal.new(), mortal.new(), mortal.new() }
  end)
end)
