-- Scripts that run away, in time or in memory, under load: whoever asks is answered.

local kit = require "spec.support.kit"
local runaways = require "spec.support.runaways"
local uv = require "spec.support.uv"

local SCRIPT = [[
local kept = {}
return {
  listen = "127.0.0.1:0", backends = { "%s", "%s" }, health = false,
  pick = function(up, req, ctx)
    if req.path ~= "/bad" then return up[1] end
    %s
    return up[1]
  end,
}]]

-- How long one of several requests may take; ten times what it takes on a machine with nothing else
-- to do.
local SOON = 1

describe("a script that runs away", function()
  after_each(kit.cleanup)

  for _, attack in ipairs(runaways) do
    it("does not hold anybody up: " .. attack[1], function()
      local a, b = table.unpack(kit.backends(2))
      local proxy = kit.proxy { script = SCRIPT, a, b, attack[2] }
      local slowest = 0
      for _ = 1, 12 do
        for _, path in ipairs { "/bad", "/", "/" } do
          local began = uv.hrtime()
          assert.equal(200, proxy:get(path).status)
          slowest = math.max(slowest, (uv.hrtime() - began) / 1e9)
        end
      end
      assert.is_true(slowest < SOON, slowest .. " s")
      proxy:stop()
      assert.matches("pick failed, round robin decides: .*", proxy:lines(" warn ")[1])
    end)
  end
end)
