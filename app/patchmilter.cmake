pm_program(patchmilter
  SOURCES
    arrival.cc
    command_apply.cc
    command_index.cc
    command_mcp.cc
    command_query.cc
    command_remember.cc
    command_replay.cc
    command_review.cc
    command_show.cc
    commands_site.cc
    commands_state.cc
    fates_json.cc
    interrupt.cc
    model_options.cc
    patch_files.cc
    patchmilter_main.cc
    progress.cc
    site_check.cc
    state_view.cc
  ROOMS app_agent app_pipeline app_questions app_source intake model review store
    tree
  LIBRARIES CLI11::CLI11 nlohmann_json::nlohmann_json Threads::Threads)
