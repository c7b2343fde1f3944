--- What is to be checked, as a list of policies that can be made anew.

local fresh = require "luaproxy.testing.fresh"

local subject = {}

-- A policy table from a pick or a policy table.
local function as_policy(pick)
  if type(pick) == "table" and type(pick.pick) == "function" then return pick end
  if type(pick) == "function" then return { pick = pick } end
  error("pick must be a function or a table with a pick", 0)
end

-- The picks of a script by the names of its pools; false for one that has none.
local function picks(script)
  if type(script) ~= "table" then error("the script must return a table", 0) end
  local found = {}
  for name, pool in pairs(script.pools or {}) do found[name] = pool.pick or false end
  if not script.pools then found.default = script.pick or false end
  return found
end

local function names_of(found)
  local names = {}
  for name in pairs(found) do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- One subject for each pool of the script that LOAD gives.
local function of_script(load, is_fresh)
  local found, subjects = picks(load()), {}
  for _, name in ipairs(names_of(found)) do
    subjects[#subjects + 1] = {
      name = name,
      fresh = is_fresh,
      empty = not found[name],
      new = function() return as_policy(picks(load())[name]) end,
    }
  end
  return subjects
end

local function is_callable(value)
  local meta = getmetatable(value)
  return type(meta) == "table" and meta.__call ~= nil
end

local function is_script(value)
  return value.backends ~= nil or value.pools ~= nil or value.listen ~= nil
end

local function read(value)
  if type(value) == "string" then
    local load, why = fresh.script(value)
    if not load then error(why, 0) end
    return of_script(load, true)
  elseif type(value) == "function" then
    return { { name = "default", new = function() return { pick = value } end } }
  elseif type(value) ~= "table" then
    error("a policy is a file, a function or a table, not a " .. type(value), 0)
  elseif is_script(value) then
    return of_script(function() return value end, false)
  elseif value.new or is_callable(value) then
    local new = value.new or value
    return { { name = "default", fresh = true, new = function() return as_policy(new()) end } }
  end
  return { { name = "default", new = function() return as_policy(value) end } }
end

--- The policies of a file, of the table of a script, or of what a policy may be otherwise.
-- @param value the path of a script, the table it returned, a `pick`, a policy table, or a table
-- with `new`, a function that makes a policy
-- @treturn[1] {table,...} each with `name`: of the pool, `new`: makes the policy, `fresh`: whether
-- it has no past then, `empty`: whether the choice is left to the proxy
-- @treturn[2] nil
-- @treturn[2] string what is wrong
function subject.list(value)
  local ok, result = pcall(function()
    local list = read(value)
    for _, each in ipairs(list) do if not each.empty then each.new() end end
    return list
  end)
  if not ok then return nil, tostring(result) end
  return result
end

return subject
