--- Options of policies: a name that is misspelt shall not go unnoticed.

--- Complains, at the caller of the caller, about options that nobody knows.
-- @tparam ?table given the options
-- @tparam {string,...} names those that there are
-- @treturn table the options, empty if none were given
local function options(given, names)
  if given == nil then return {} end
  if type(given) ~= "table" then
    error(("options must be a table, not a %s"):format(type(given)), 3)
  end
  local known = {}
  for _, name in ipairs(names) do known[name] = true end
  for name in pairs(given) do
    if not known[name] then error(("unknown option %q"):format(tostring(name)), 3) end
  end
  return given
end

return options
