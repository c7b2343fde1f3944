--- Scripts that can be run again and again, each time as if they had never run before: what they
-- require is loaded anew with them, and globals they set are their own. The modules of luaproxy
-- keep nothing to themselves, so those are shared.

local fresh = {}

local function is_ours(name)
  return name:find "^luaproxy" ~= nil
end

-- The path and the chunk of a module, run in the globals that it is then given.
local function find(name)
  local path, why = package.searchpath(name, package.path)
  if not path then error(("module '%s' not found:%s"):format(name, why), 3) end
  return path
end

-- Globals of its own for one run of a script.
local function globals()
  local env = setmetatable({}, { __index = _G })
  local loaded = {}
  env._G = env
  function env.require(name)
    if is_ours(name) or (package.loaded[name] and not package.searchpath(name, package.path)) then
      return require(name)
    end
    if loaded[name] == nil then
      local path = find(name)
      local result = assert(loadfile(path, "t", env))(name, path)
      loaded[name] = result == nil and true or result
    end
    return loaded[name]
  end
  return env
end

--- A function that runs a script anew and gives what it returns.
-- @tparam string path
-- @treturn[1] function
-- @treturn[2] nil
-- @treturn[2] string why the script cannot be loaded
function fresh.script(path)
  if not loadfile then return nil, "there is no way to files here" end
  local chunk, why = loadfile(path, "t")
  if not chunk then return nil, why end
  return function()
    return assert(loadfile(path, "t", globals()))()
  end
end

return fresh
