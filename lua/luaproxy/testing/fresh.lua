--- Scripts that can be run again and again, each time as if they had never run before: what they
-- require is loaded anew with them, and globals they set are their own. The modules of luaproxy
-- keep nothing to themselves, so those are shared.

local fresh = {}

local function is_ours(name)
  return name:find "^luaproxy" ~= nil
end

local function text_of(path)
  local file, why = io.open(path)
  if not file then return nil, why end
  local text = file:read "a"
  file:close()
  return (text:gsub("^#[^\n]*", ""))
end

-- Globals of its own for one run of a script.
local function globals()
  local env = setmetatable({}, { __index = _G })
  local loaded = {}
  env._G = env
  function env.require(name)
    local path = not is_ours(name) and package.searchpath(name, package.path)
    if not path then return require(name) end
    if loaded[name] == nil then
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
  if not io then return nil, "there is no way to files here" end
  local text, why = text_of(path)
  if not text then return nil, why end
  local chunk, mistake = load(text, "@" .. path, "t")
  if not chunk then return nil, mistake end
  return function()
    return load(text, "@" .. path, "t", globals())()
  end
end

return fresh
