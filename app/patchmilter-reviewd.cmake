# What happens to a mail after the intake; both programs below use it.
add_library(pm_app_pipeline STATIC delivery.cc intake_feed.cc parser.cc
  pipeline.cc sandbox.cc)
pm_settings(pm_app_pipeline)
target_link_libraries(pm_app_pipeline
  PUBLIC pm_base pm_intake pm_mime pm_net pm_publish pm_review pm_series pm_store
  PRIVATE PkgConfig::SECCOMP)

# The Model Context Protocol, and the sockets it is spoken on.
add_library(pm_app_mcp STATIC line_channel.cc local_socket.cc mcp_server.cc)
pm_settings(pm_app_mcp)
target_link_libraries(pm_app_mcp
  PUBLIC pm_base pm_model nlohmann_json::nlohmann_json)

# Questions about code, asked of a tree at hand or of the daemon.
add_library(pm_app_questions STATIC code_desk.cc local_config.cc
  local_mails.cc models.cc question_service.cc question_tools.cc)
pm_settings(pm_app_questions)
target_link_libraries(pm_app_questions
  PUBLIC pm_app_agent pm_app_mcp pm_app_pipeline pm_app_source pm_review
    pm_store pm_tree
  PRIVATE nlohmann_json::nlohmann_json Threads::Threads)

# Programs that review by themselves: run here, or by patchmilter-agentd. Of
# reviews it knows a header alone, so that agentd holds nothing else of ours.
add_library(pm_app_agent STATIC agent.cc agent_command.cc agent_door.cc
  agent_keeper.cc agent_keeper_main.cc agent_report.cc agent_run.cc
  agent_scratch.cc agent_tools.cc agent_wire.cc)
pm_settings(pm_app_agent)
target_link_libraries(pm_app_agent
  PUBLIC pm_app_mcp pm_base pm_model)

pm_program(patchmilter-reviewd
  SOURCES index_keeper.cc reviewd.cc reviewd_main.cc site_check.cc
  ROOMS app_agent app_pipeline app_questions intake review store tree
  LIBRARIES CLI11::CLI11 Threads::Threads)

pm_program(patchmilter-agentd
  SOURCES agentd.cc agentd_main.cc
  ROOMS app_agent base
  LIBRARIES CLI11::CLI11 Threads::Threads)
