-- The scripts that come with luaproxy: each is sound, and runs as it stands.

local kit = require "spec.support.kit"
local uv = require "spec.support.uv"

local scripts = {}
for name in uv.fs_scandir_next, (uv.fs_scandir "scripts") do
  if name:find "%.lua$" then scripts[#scripts + 1] = "scripts/" .. name end
end
table.sort(scripts)

local LOCAL = "127.0.0.1:0"

describe("of the scripts", function()
  after_each(kit.cleanup)

  it("none is missing", function()
    for _, name in ipairs { "leastconn", "random2", "roundrobin", "weighted" } do
      assert.truthy(table.concat(scripts, " "):find("scripts/" .. name .. ".lua", 1, true), name)
    end
  end)

  for _, path in ipairs(scripts) do
    describe(path, function()
      it("passes the check, with three backends behind port 8080", function()
        local code, out, err = kit.run { file = path, options = { "--check" } }
        assert.same({ 0, "" }, { code, err })
        assert.matches("^" .. path:gsub("%p", "%%%0") .. ": ok\n  listen    :8080\n", out)
        for _, port in ipairs { 9001, 9002, 9003 } do
          assert.matches(("backend   127.0.0.1:%d at 127.0.0.1:%d,"):format(port, port), out)
        end
      end)

      it("takes where to listen, and whom to give requests", function()
        local backends = kit.backends(3)
        local proxy = kit.proxy { file = path,
          args = { LOCAL, backends[1].addr, backends[2].addr, backends[3].addr } }
        local got = {}
        for _ = 1, 60 do
          local name = proxy:get("/").body
          got[name] = (got[name] or 0) + 1
        end
        for _, name in ipairs { "a", "b", "c" } do
          assert.is_true((got[name] or 0) > 0, name .. " got nothing")
        end
        assert.equal(0, proxy:stop())
        assert.equal(0, #proxy:lines " warn ")
      end)

      it("serves with a single backend", function()
        local proxy = kit.proxy { file = path, args = { LOCAL, kit.backend { name = "x" }.addr } }
        for _ = 1, 5 do assert.equal("x", proxy:get("/").body) end
        proxy:stop()
        assert.equal(0, #proxy:lines " warn ")
      end)

      it("goes on when a backend fails", function()
        local backends = kit.backends(2)
        local proxy = kit.proxy { file = path,
          args = { LOCAL, backends[1].addr, backends[2].addr } }
        backends[1]:stop()
        for _ = 1, 10 do assert.equal("b", proxy:get("/").body) end
        proxy:stop()
        assert.equal(0, #proxy:lines "pick failed")
      end)

      it("says at its head what it does and how it is used", function()
        local lines = {}
        for line in io.lines(path) do
          if not line:find "^%-%-" then break end
          lines[#lines + 1] = line
        end
        local text = table.concat(lines, "\n")
        assert.truthy(text:find("luaproxy " .. path .. " [LISTEN [", 1, true), text)
        assert.is_true(#lines >= 2)
      end)
    end)
  end
end)
